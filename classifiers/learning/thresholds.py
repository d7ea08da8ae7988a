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
_PARTS = np.arange(0.02, MOST, 0.02)  # of the aim, tried as each theme's share
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
    value: float = 0.045
    sure: float = 0.95
    lost: float = 0.06


def tag_thresholds(probabilities: Probabilities, gold: Truth, ours: Truth, aim: Aim) -> tuple[float, ...]:
    """Return for each theme a threshold, so that together they keep the aim; `ours` are the rows of our statements.

    False alerts are the share of items of no theme that get any tag. Each theme may have the same share of them, the
    largest with which all together keep the aim: one threshold for all would let the vaguest theme have most of it.
    Where people have labelled enough, a larger share is let through if what they labelled says that it may: a model
    that has learnt people's close calls need not be as shy as one that has not. A precision is kept by each theme on
    its own, with the lowest threshold that does.
    """
    if aim.kind == "precision at least":
        columns = zip(probabilities[ours].T, gold[ours].T, strict=True)
        return tuple(_precise(column, truth, aim.value) for column, truth in columns)
    none = ~gold.any(axis=1)
    own, labelled = probabilities[none & ours], probabilities[none & ~ours]
    found = tuple(float(_GRID[-1]) for _ in gold.T)
    for part in _PARTS:
        tag_at = tuple(_quiet(column, part * aim.value) for column in own.T)
        alerts = _alerts(own, tag_at)
        by_labels = len(labelled) >= _ENOUGH and _alerts(labelled, tag_at) <= CLOSE * aim.value
        if alerts <= aim.value or (by_labels and alerts <= MOST * aim.value):
            found = tag_at
    return found


def _alerts(probabilities: Probabilities, tag_at: Sequence[float]) -> float:
    return float((probabilities >= np.array(tag_at)).any(axis=1).mean()) if len(probabilities) else 0.0


def _quiet(column: Probabilities, share: float) -> float:
    """The lowest threshold that at most this share reaches."""
    kept = [float(threshold) for threshold in _GRID if (column >= threshold).sum() <= share * len(column)]
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
