"""What is ordinary: vectors of some thousands of entries of real feeds that are of no theme, as numbers without a text.

No model learns from them: as examples of none they cost more of what is rightly found than they keep away. Against them
it is measured how often a model takes what feeds carry for a theme, and thresholds are set by that.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from classifiers.judging.encoders import Vectors, encoder_version

__all__ = ["BACKGROUND_FILE", "background", "background_bytes", "background_hash"]

BACKGROUND_FILE = "background.npz"  # `python -m tests.bench.background` writes it


def background(names: Sequence[str]) -> Mapping[str, Vectors]:
    """Return each named encoder's vectors of the same entries; nothing where one's are not known in this version."""
    known = {name: rows for name, (version, rows) in _read().items() if version == encoder_version(name)}
    return {name: known[name] for name in names} if all(name in known for name in names) else {}


def background_bytes(vectors: Mapping[str, Vectors]) -> bytes:
    """Return the content of the file: signed bytes, since a direction is all that is asked of a vector."""
    file, parts = io.BytesIO(), {}
    for name, rows in sorted(vectors.items()):
        most = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9)
        parts[f"{name}.rows"] = np.round(rows / most * 127).astype(np.int8)
        parts[f"{name}.version"] = np.array(encoder_version(name))
    np.savez_compressed(file, allow_pickle=False, **parts)
    return file.getvalue()


@cache
def background_hash() -> str:
    """Return what tells this background from another one."""
    return hashlib.sha256(files("classifiers.learning").joinpath(BACKGROUND_FILE).read_bytes()).hexdigest()


@cache
def _read() -> dict[str, tuple[str, Vectors]]:
    with files("classifiers.learning").joinpath(BACKGROUND_FILE).open("rb") as file, np.load(file) as found:
        parts = {name: found[name] for name in found.files}
    names = [name.removesuffix(".rows") for name in parts if name.endswith(".rows")]
    return {name: (str(parts[f"{name}.version"]), _unit(parts[f"{name}.rows"].astype(np.float32))) for name in names}


def _unit(rows: Vectors) -> Vectors:
    whole: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return whole
