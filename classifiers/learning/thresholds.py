"""Choosing thresholds on held-out probabilities, for a stated aim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.features import DECIMALS, certainty

__all__ = ["Aim", "sure_at", "tag_thresholds"]

CLOSE = 2.0
MOST = 1.5  # times the share, of statements, whatever labels say
_ENOUGH = 30  # labelled items of no theme, from which they have a say
_GRID = np.round(np.arange(0.25, 0.91, 0.01), 4)  # of tags' thresholds; a few examples cannot make them absurd

Probabilities = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Aim:
    """What the tags keep, the share of right ones among what is not called unsure, and what may be lost for speed.

    `value` holds for our statements, whose mix does not change with what people happen to label. Of what people label,
    mostly close calls, twice the share of false alerts is let through (`CLOSE`). `lost` is the share of the themes'
    items that a cheap level may keep from the costly one after it.
    """

    kind: Literal["false alerts at most", "precision at least"] = "false alerts at most"
    value: float = 0.04
    sure: float = 0.95
    lost: float = 0.06


def tag_thresholds(probabilities: Probabilities, gold: Truth, ours: Truth, aim: Aim) -> tuple[float, ...]:
    """Return for each theme a threshold, so that together they keep the aim; `ours` are the rows of our statements.

    False alerts are the share of items of no theme that get any tag: the lowest threshold that keeps them is the same
    for all themes, which is steadier than one chosen for each on a few examples. Where statements and labels each give
    one, the lower is taken: a model that has learnt people's close calls need not be as shy as one that has not. A
    precision is kept by each theme on its own, with the lowest threshold that does.
    """
    if aim.kind == "precision at least":
        columns = zip(probabilities[ours].T, gold[ours].T, strict=True)
        return tuple(_precise(column, truth, aim.value) for column, truth in columns)
    highest, none = probabilities.max(axis=1), ~gold.any(axis=1)
    lowest = _quiet(highest[none & ours], aim.value)
    if (none & ~ours).sum() >= _ENOUGH:
        close = max(_quiet(highest[none & ~ours], CLOSE * aim.value), _quiet(highest[none & ours], MOST * aim.value))
        lowest = min(lowest, close)
    return tuple(lowest for _ in gold.T)


def _quiet(highest: Probabilities, share: float) -> float:
    """The lowest threshold that at most this share reaches."""
    kept = [float(threshold) for threshold in _GRID if (highest >= threshold).sum() <= share * len(highest)]
    return kept[0] if kept else float(_GRID[-1])


def sure_at(probabilities: Probabilities, tag_at: Sequence[float], promise: float) -> float:
    """Return the lowest certainty so that of all rows with at least this one the promised share is expected right.

    What is expected is the mean certainty: it follows the share that was right closely, and with less noise.
    """
    rows = np.sort(np.round(certainty(probabilities, tag_at), DECIMALS))[::-1]  # rounded, as judgements compare it
    means = np.cumsum(rows) / np.arange(1, len(rows) + 1)
    last_of_its_value = np.append(rows[:-1] != rows[1:], True)
    kept = last_of_its_value & (means >= promise)
    return float(rows[kept][-1]) if kept.any() else 1.0


def _precise(column: Probabilities, truth: Truth, precision: float) -> float:
    for threshold in _GRID:
        tagged = column >= threshold
        if not tagged.any() or truth[tagged].mean() >= precision:
            return float(threshold)
    return float(_GRID[-1])
