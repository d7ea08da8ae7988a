"""What the folds of the statements alone come to, kept: a training with labels begins there, and is held against it."""

import hashlib
import io
import logging
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

__all__ = ["FITS_FILE", "StatementFits", "alike_fits", "fits_bytes", "fits_key"]

FITS_FILE = "fits.npz"

log = logging.getLogger(__name__)
Array = NDArray[np.float64]
Level = tuple[str, ...]


def fits_key(statements_hash: str, level: Level) -> str:
    """Return the name of the fits of a level's encoders to the statements of this training hash."""
    return hashlib.sha256("\n".join((statements_hash, *level)).encode()).hexdigest()[:32]


def fits_bytes(fits: Mapping[str, Array]) -> bytes:
    """Return the content of a file of fits by their keys: the same bytes for the same fits."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **{key: own.astype(np.float16) for key, own in sorted(fits.items())})
    return file.getvalue()


def alike_fits(one: bytes, other: bytes) -> bool:
    """Whether two such files are of the same statements, and differ by rounding only."""
    first, second = _read(one), _read(other)
    return first.keys() == second.keys() and all(np.allclose(first[k], second[k], rtol=0.01, atol=0.05) for k in first)


class StatementFits:
    """Finds fits among those that ship, and those that were made before and are in the folder, if there is one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, key: str) -> Array | None:
        """The fits of this key; None where they have to be made."""
        found = _shipped().get(key)
        if found is None and self._folder is not None and self._path(key).exists():
            found = _read(self._path(key).read_bytes()).get(key)
        return None if found is None else found.astype(np.float64)

    def keep(self, key: str, fits: Array) -> Array:
        """Keeps the fits, and returns them as they will be found again."""
        if self._folder is not None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                part = self._path(key).with_suffix(f".{os.getpid()}")
                part.write_bytes(fits_bytes({key: fits}))
                part.replace(self._path(key))
            except OSError as error:
                log.warning("what was fitted is not kept for the next training: %s", error)
        return fits.astype(np.float16).astype(np.float64)

    def everything(self) -> dict[str, Array]:
        """All fits in the folder, by their keys."""
        paths = sorted(self._folder.glob("fits-*.npz")) if self._folder else []
        return {key: own.astype(np.float64) for path in paths for key, own in _read(path.read_bytes()).items()}

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / f"fits-{key}.npz"


@cache
def _shipped() -> Mapping[str, NDArray[np.float16]]:
    try:
        return _read(files("classifiers.artefacts").joinpath(FITS_FILE).read_bytes())
    except OSError:  # it only saves time
        return {}


def _read(data: bytes) -> Mapping[str, NDArray[np.float16]]:
    try:
        with np.load(io.BytesIO(data)) as parts:
            return {key: parts[key] for key in parts.files}
    except (ValueError, BadZipFile) as error:
        log.error("fits that were kept cannot be read, and are made anew: %s", error)
        return {}
