"""What a text means, in numbers that tell one event from another: for the stage `story`, which knows no encoder."""

from collections.abc import Mapping

import numpy as np

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Vectors
from classifiers.judging.features import features
from classifiers.judging.model import Head

__all__ = ["meaning"]

_SUBJECT = 0.7  # how much of what lies on the head's main axes is taken away


def meaning(head: Head, vectors: Mapping[str, Vectors], lang: str) -> dict[str, bytes]:
    """Return for each encoder of the head that knows the language a vector of one text, as signed bytes.

    The main axes hold the subject and the language, which is what all items of a theme share and what separates an
    event's versions; with most of that taken away, the cosine of two vectors says how alike the events are.
    """
    whole = features(head.encoders, vectors, head.mean)[0]
    axes = head.axes.astype(np.float64)
    rest = whole - _SUBJECT * (axes @ whole) @ axes
    found, start = {}, 0
    for name in head.encoders:
        part = rest[start : start + vectors[name].shape[1]]
        start += len(part)
        if lang not in UNKNOWN_LANGUAGES.get(name, frozenset()) and (most := np.abs(part).max()) > 0:
            found[name] = np.round(part / most * 127).astype(np.int8).tobytes()
    return found
