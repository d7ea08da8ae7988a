"""Similarity of meaning: cosines of the sentence vectors that come with candidates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeaningVectors", "Vectors"]

Products = NDArray[np.floating[Any]]
Vectors = Mapping[str, bytes]  # by encoder: signed bytes, of any length
FIRST = 16  # rows of a matrix, which grows by a quarter when it is full
EXACT = 1024  # bytes: products of so many, which are whole numbers, add up without rounding in 32 bits of a float


class MeaningVectors:
    """The sentence vectors of some texts, by number, compared with another text's at once.

    A cosine is the same whatever other texts there are and whatever numbers they have: products are whole numbers.
    """

    def __init__(self, texts: Sequence[Vectors] = ()) -> None:
        self._count = 0
        self._alike: dict[tuple[str, int], _Alike] = {}  # another version of an encoder may have another length
        for at, text in enumerate(texts):
            self.put(at, text)

    def put(self, at: int, text: Vectors) -> None:
        """The text of this number has these vectors now."""
        self._count = max(self._count, at + 1)
        for of, alike in self._alike.items():
            if text.get(of[0]) is None or len(text[of[0]]) != of[1]:
                alike.drop(at)
        for name, data in text.items():
            if (of := (name, len(data))) not in self._alike:
                self._alike[of] = _Alike(len(data))
            self._alike[of].put(at, data)

    def expect(self, texts: Sequence[Vectors]) -> None:
        """These will be compared soon: at once they cost a fraction of what they do one by one."""
        for (name, size), alike in self._alike.items():
            alike.expect([data for text in texts if (data := text.get(name)) is not None and len(data) == size])

    def similarities(self, text: Vectors) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return by number the mean cosine over the encoders that know both texts, and whether there is one."""
        total, known = np.zeros(self._count), np.zeros(self._count)
        for name, data in text.items():
            if (alike := self._alike.get((name, len(data)))) is not None:
                cosines, having = alike.cosines(data)
                total[: len(cosines)] += cosines
                known[: len(having)] += having
        return total / np.maximum(known, 1), known > 0

    def cosines(self, text: Vectors) -> list[float | None]:
        """Return for each text the mean cosine over the encoders that know both, None where there is none."""
        found, known = self.similarities(text)
        return [value if there else None for value, there in zip(found.tolist(), known.tolist(), strict=True)]


class _Alike:
    """The vectors of one encoder and length."""

    def __init__(self, size: int) -> None:
        self._type: np.dtype[np.floating[Any]] = np.dtype(np.float32 if size <= EXACT else np.float64)
        self._matrix = np.zeros((FIRST, size), self._type)
        self._norms = np.zeros(FIRST)  # 0 where there is no vector
        self._count = 0
        self._expected: dict[bytes, Products] = {}  # products, but for what was put since:
        self._since: set[int] = set()

    def put(self, at: int, data: bytes) -> None:
        """The text of this number has this vector."""
        if at >= len(self._norms):
            more = at + 1 - len(self._norms) + len(self._norms) // 4
            self._matrix = np.concatenate([self._matrix, np.zeros((more, self._matrix.shape[1]), self._type)])
            self._norms = np.concatenate([self._norms, np.zeros(more)])
        self._count = max(self._count, at + 1)
        self._matrix[at] = np.frombuffer(data, dtype=np.int8)
        self._norms[at] = _norm(data)
        self._since.add(at)

    def drop(self, at: int) -> None:
        """The text of this number has none."""
        if at < self._count:
            self._norms[at] = 0.0

    def expect(self, texts: Sequence[bytes]) -> None:
        """See `MeaningVectors.expect`."""
        vectors = np.array([np.frombuffer(data, dtype=np.int8) for data in texts], self._type)
        products: Products = vectors @ self._matrix[: self._count].T if texts else vectors  # a row for each text
        self._expected, self._since = dict(zip(texts, products, strict=True)), set()

    def cosines(self, data: bytes) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """By number the cosine with this vector, 0 where there is none, and whether there is one."""
        vector = np.frombuffer(data, dtype=np.int8).astype(self._type)
        every = slice(self._count)
        products = self._caught_up(data, vector) if data in self._expected else self._products(vector, every)
        norms = self._norms[: self._count]
        return np.asarray(products, np.float64) / (np.maximum(norms, 1.0) * _norm(data)) * (norms > 0), norms > 0

    def _caught_up(self, data: bytes, vector: Products) -> Products:
        known = self._expected[data]
        products: Products = np.concatenate([known, np.zeros(self._count - len(known), self._type)])
        changed = list(self._since)
        products[changed] = self._products(vector, changed)
        return products

    def _products(self, vector: Products, places: list[int] | slice) -> Products:
        found: Products = self._matrix[places] @ vector
        return found


def _norm(data: bytes) -> float:
    numbers = np.frombuffer(data, dtype=np.int8).astype(np.int64)
    return max(1.0, float(np.sqrt(numbers @ numbers)))
