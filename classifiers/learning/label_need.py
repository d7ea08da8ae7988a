"""How many more labels of what would help most: a plain estimate from labels that were held out."""

import math

import numpy as np
from numpy.typing import NDArray

from classifiers.learning.fitting import HeldOut
from classifiers.learning.train import Prepared
from stream.records import Need

__all__ = ["labels_for_a_fifth", "needs"]

Array = NDArray[np.float64]
_FIRST = 10  # labels of a kind, under which nothing can be estimated
_LISTED = 5
_MOST = 500
_FALL = 0.8  # what is to be left of the surprise


def needs(prepared: Prepared, alone: HeldOut, learnt: HeldOut) -> tuple[Need, ...]:
    """Return the kinds of labels, by theme and language, that surprise most in all, with how many more would help.

    A label is of the kind of each theme that it says the item is of, or else of none.
    """
    material, found = prepared.material, []
    langs = np.array([example.lang for example in prepared.examples])
    before, after = (_surprise(prepared, held) for held in (alone, learnt))
    for column, theme in enumerate((*prepared.themes, "none")):
        of_theme = material.gold[:, column] if theme != "none" else ~material.gold.any(axis=1)
        for lang in np.unique(langs[of_theme & ~material.ours]):
            own = of_theme & ~material.ours & (langs == lang)
            count = int(own.sum())
            more = labels_for_a_fifth(count, float(before[own].mean()), float(after[own].mean()))
            found.append(Need(theme, str(lang), count, round(float(after[own].sum()), 2), more))
    return tuple(sorted(found, key=lambda need: (-need.surprise, need.theme, need.lang))[:_LISTED])


def labels_for_a_fifth(count: int, before: float, after: float) -> int:
    """Return how many more labels take a fifth off the surprise, were it to go on falling as a power of their number;
    0 where it hardly falls, so that more of the same will not help."""
    if count < _FIRST:
        return _FIRST - count
    slope = math.log(max(before, 1e-9) / max(after, 1e-9)) / math.log(1 + count)
    if slope <= 0.01:
        return 0
    return min(_MOST, math.ceil((1 + count) * (math.pow(_FALL, -1 / slope) - 1)))


def _surprise(prepared: Prepared, held: HeldOut) -> Array:
    material = prepared.material
    likely = np.where(material.gold, held.probabilities, 1 - held.probabilities)
    found: Array = -(np.log(np.maximum(likely, 1e-9)) * material.known).sum(axis=1)
    return found
