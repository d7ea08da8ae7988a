"""Similarity of meaning: cosines of the sentence vectors that come with candidates."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeaningVectors", "Vectors"]

Vectors = Mapping[str, bytes]  # by encoder: signed bytes, of any length


class MeaningVectors:
    """The sentence vectors of some texts, compared with another text's at once."""

    def __init__(self, texts: Sequence[Vectors]) -> None:
        self._count = len(texts)
        groups: dict[tuple[str, int], list[int]] = {}
        for at, text in enumerate(texts):
            for name, data in text.items():  # another version of an encoder may have another length
                groups.setdefault((name, len(data)), []).append(at)
        self._alike = {
            (name, size): (np.array(having), np.array([_unit(texts[at][name]) for at in having]))
            for (name, size), having in groups.items()
        }

    def cosines(self, text: Vectors) -> list[float | None]:
        """Return for each text the mean cosine over the encoders that know both, None where there is none."""
        total, known = np.zeros(self._count), np.zeros(self._count)
        for name, data in text.items():
            if (name, len(data)) in self._alike:
                having, matrix = self._alike[name, len(data)]
                total[having] += matrix @ _unit(data)
                known[having] += 1
        return [float(t / n) if n else None for t, n in zip(total, known, strict=True)]


def _unit(data: bytes) -> NDArray[np.float32]:
    vector = np.frombuffer(data, dtype=np.int8).astype(np.float32)
    unit: NDArray[np.float32] = vector / max(1.0, float(np.linalg.norm(vector)))
    return unit
