"""An encoder whose vectors are kept, where the same texts are learnt again and again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Encoder, Encoders

__all__ = ["Remembered", "remembering"]


class Remembered:
    """Encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim, self._encoder = encoder.name, encoder.dim, encoder
        self._kept: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        self._kept |= dict(zip(new, self._encoder.encode(new), strict=True))
        return np.array([self._kept[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dim)


def remembering(encoders: Encoders, *names: str) -> Encoders:
    """The encoders, of which these remember."""

    def maker(name: str):
        return lambda: Remembered(encoders.get(name))

    return Encoders(more={name: maker(name) for name in names})
