"""Looking for items of a theme of one's own in what has come by: by meaning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders
from classifiers.judging.text import Text, line
from classifiers.own.head import ThemeHead, probability, theme_features

__all__ = ["Found", "likeliest", "most_telling"]

_AT_ONCE = 64
_ALIKE = 0.3  # how much likeness to a chosen item costs, in probability


@dataclass(frozen=True)
class Found:
    """A text, by its place in what was searched, with its probability and its features."""

    at: int
    probability: float
    features: NDArray[np.float64]


def likeliest(
    texts: Sequence[Text],
    langs: Sequence[str],
    head: ThemeHead,
    encoders: Encoders,
    most: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Found]:
    """Return so many of the texts that are most likely of the theme, the likeliest first.

    The first encoder, which is cheap, reads all of them, and the others what it finds or cannot read.
    """
    cheap, *_ = head.encoders
    lines = [line(text) for text in texts]
    part = head.weights[: len(head.means[cheap])].astype(np.float64)
    scores = np.zeros(len(lines))
    for start in range(0, len(lines), _AT_ONCE):
        rows = {cheap: encoders.get(cheap).encode(lines[start : start + _AT_ONCE])}
        read = langs[start : start + _AT_ONCE]
        scores[start : start + _AT_ONCE] = theme_features([cheap], rows, read, head.means) @ part
        progress(len(read))
    unread = UNKNOWN_LANGUAGES.get(cheap, frozenset())
    order = sorted(range(len(lines)), key=lambda at: (-scores[at], at))
    chosen = sorted({*order[:most], *[at for at in order if langs[at] in unread][:most]})
    found = []
    for at in chosen:
        vectors = {name: encoders.get(name).encode([lines[at]]) for name in head.encoders}
        row = theme_features(head.encoders, vectors, [langs[at]], head.means)[0]
        found.append(Found(at, probability(head, row), row))
    return sorted(found, key=lambda one: (-one.probability, one.at))[:most]


def most_telling(found: Sequence[Found], count: int) -> list[Found]:
    """Return so many that teach most: likely ones, among which its near misses are, unlike one another.

    Of what comes by one in hundreds is of a theme, so what is uncertain and what is likeliest are nearly the same.
    """
    left, chosen = list(found), list[Found]()
    likeness = np.zeros(len(left))
    while left and len(chosen) < count:
        gains = [round(one.probability - _ALIKE * likeness[at], 6) for at, one in enumerate(left)]
        best = max(range(len(left)), key=lambda at: (gains[at], -at))
        taken = left.pop(best)
        chosen.append(taken)
        likeness = np.delete(likeness, best)
        if left:
            rows = np.array([one.features for one in left])
            likeness = np.maximum(likeness, rows @ taken.features / float(taken.features @ taken.features))
    return chosen
