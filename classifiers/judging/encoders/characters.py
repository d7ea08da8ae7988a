"""Hashed character n-grams: needs no model, and carries little from one language to another."""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from classifiers.judging.encoders.kind import Kind, Vectors

__all__ = ["KIND", "Characters"]


class Characters:
    """Hashed character n-grams within words; the way on without any model."""

    name, dim = "characters", 2048

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer

        self._hasher = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=self.dim)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.asarray(self._hasher.transform(texts).toarray(), dtype=np.float32)


KIND = Kind(
    name=Characters.name,
    make=lambda _name, _threads: Characters(),
    version=lambda _: version("scikit-learn"),
)
