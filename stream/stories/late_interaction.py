"""Late interaction over token vectors (MaxSim), as in ColBERT (Khattab & Zaharia, SIGIR 2020).

For each token vector of one text its nearest in the other is found, and the mean of these cosines taken; here weighed,
both ways round.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stream.records import TOKEN_VECTOR_BYTES

__all__ = ["LateInteraction"]

Matrix = NDArray[np.float32]
FINE = float(1 << 20)  # a cosine is rounded to so many parts, whose weighed sums are whole numbers


class LateInteraction:
    """The token vectors of some texts (see `stream.records.Candidate`), compared with another text's at once.

    What two texts are to each other is the same in any company: all that is added up are whole numbers.
    """

    def __init__(self, texts: Sequence[bytes], *, kept: bool = False) -> None:
        """What is `kept`, and compared with many texts, is laid out for that first."""
        self._count = len(texts)
        self._having = [at for at, text in enumerate(texts) if text]
        vectors, self._norms, self._weights = _read(b"".join(texts))
        self._across = np.ascontiguousarray(vectors.T) if kept else vectors.T
        sizes = [len(texts[at]) // TOKEN_VECTOR_BYTES for at in self._having]
        self._starts = np.cumsum([0, *sizes])[:-1]
        self._weight = np.add.reduceat(self._weights, self._starts) if sizes else self._weights

    def maxsim(self, text: bytes) -> list[float | None]:
        """Return for each text its weighed MaxSim with this one, the mean of both ways; None where one has none."""
        found: list[float | None] = [None] * self._count
        if not text or not self._having:
            return found
        vectors, norms, weights = _read(text)
        cosines = vectors @ self._across  # so that each row is long
        cosines /= self._norms
        cosines /= norms[:, None]
        there = weights @ _whole(np.maximum.reduceat(cosines, self._starts, axis=1)) / weights.sum()
        nearest = _whole(cosines.max(axis=0)) * self._weights
        back = np.add.reduceat(nearest, self._starts) / self._weight
        for at, one, other in zip(self._having, there.tolist(), back.tolist(), strict=True):
            found[at] = (one + other) / 2 / FINE
        return found


def _whole(cosines: Matrix) -> NDArray[np.float64]:
    return np.rint(cosines.astype(np.float64) * FINE)


def _read(data: bytes) -> tuple[Matrix, Matrix, NDArray[np.float64]]:
    """The vectors, their lengths, and their weights."""
    rows = np.frombuffer(data, np.int8).reshape(-1, TOKEN_VECTOR_BYTES)
    vectors = rows[:, :-1].astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return vectors, np.maximum(lengths, 1.0), rows[:, -1].view(np.uint8).astype(np.float64)
