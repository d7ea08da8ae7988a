"""What a text means, in numbers that tell one event from another: for the stage `story`, which knows no encoder."""

from collections.abc import Mapping

import numpy as np

from classifiers.judging.centring import shipped_centring
from classifiers.judging.encoders import Vectors

__all__ = ["meaning"]


def meaning(vectors: Mapping[str, Vectors], lang: str) -> dict[str, bytes]:
    """Return a centred vector of one text, as signed bytes, for each encoder that has a centring for the language.

    Once the language's mean and the subjects' axes are taken away, the cosine of two vectors says how alike the events
    are; before, it says how alike the languages and the subjects are.
    """
    found = {}
    for name, rows in vectors.items():
        means, axes = shipped_centring().encoders.get(name, ({}, None))
        if lang in means and axes is not None:
            rest = rows[0] / max(float(np.linalg.norm(rows[0])), 1e-9) - means[lang]
            rest = rest - (axes @ rest) @ axes
            found[name] = np.round(rest / max(float(np.abs(rest).max()), 1e-9) * 127).astype(np.int8).tobytes()
    return found
