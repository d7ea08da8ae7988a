"""Choosing thresholds for an operating point, on probabilities of what was held out and of what is ordinary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.features import DECIMALS, certainty

__all__ = ["RATES", "OperatingPoint", "OutOfFold", "ordinary_thresholds", "sure_at", "tag_thresholds"]

CLOSE = 2.0
MOST = 1.5  # times the share, of statements, whatever labels say
RATES = (1, 2, 5, 10, 15, 30)  # false alerts in 1,000 ordinary items, for which a model says what it takes
_ENOUGH = 30  # labelled items of no theme, from which they have a say
_PARTS = np.arange(0.02, MOST, 0.02)  # of the operating point, tried as each theme's share
_GRID = np.round(np.arange(0.25, 0.91, 0.01), 4)  # of tags' thresholds; a few examples cannot make them absurd

Probabilities = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where on its curves a model is to work: what tags keep to, how sure is sure, and what may be lost for speed.

    `value` holds for our statements, whose mix does not change with what people happen to label. Of what people label,
    mostly close calls, twice the share of false alerts is let through (`CLOSE`). `sure` is the share of sure tags that
    is to be right, and `sure_none` that of what is surely of no theme. `ordinary` is the share of ordinary
    items that may surely be tagged, and `tagged` the share that may be tagged at all. `lost` is the share of the
    themes' items that a cheap level may keep from the costly one after it since they are like no theme, and `settled`
    since it finds no theme probable: most of these the costly one would not tag either.
    """

    kind: Literal["false alerts at most", "precision at least"] = "false alerts at most"
    value: float = 0.06
    sure: float = 0.95
    sure_none: float = 0.93
    lost: float = 0.06
    settled: float = 0.04
    ordinary: float = 0.002
    tagged: float = 0.03


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Predictions of heads that have not learnt the examples: rows of probabilities, with the truth and their weights.

    `ours` are the rows of our statements. `ordinary` are probabilities of what is of no theme and none of the rows.
    """

    probabilities: Probabilities
    gold: Truth
    ours: Truth
    weight: Probabilities
    ordinary: Probabilities


def tag_thresholds(predictions: OutOfFold, point: OperatingPoint) -> tuple[float, ...]:
    """Return for each theme a threshold, so that together they keep to the operating point.

    False alerts are the share of items of no theme that get any tag. Each theme may have the same share of them, the
    largest with which all together keep to it: one threshold for all would let the vaguest theme have most of it.
    Where people have labelled enough, a larger share is let through if what they labelled says that it may: a model
    that has learnt people's close calls need not be as shy as one that has not. A precision is kept by each theme on
    its own, with the lowest threshold that does.
    """
    probabilities, gold, ours = predictions.probabilities, predictions.gold, predictions.ours
    if point.kind == "precision at least":
        columns = zip(probabilities[ours].T, gold[ours].T, strict=True)
        return tuple(_precise(column, truth, point.value) for column, truth in columns)
    none = ~gold.any(axis=1)
    own, labelled, weight = probabilities[none & ours], probabilities[none & ~ours], predictions.weight[none & ours]
    found = tuple(float(_GRID[-1]) for _ in gold.T)
    for part in _PARTS:
        tag_at = tuple(_quiet(column, weight, part * point.value) for column in own.T)
        alerts = _alerts(own, weight, tag_at)
        by_labels = len(labelled) >= _ENOUGH and _alerts(labelled, None, tag_at) <= CLOSE * point.value
        if alerts <= point.value or (by_labels and alerts <= MOST * point.value):
            found = tag_at
    return _at_least(found, ordinary_thresholds(predictions.ordinary, point.tagged))


def ordinary_thresholds(ordinary: Probabilities, rate: float) -> tuple[float, ...]:
    """Return for each theme the threshold so that together at most this share of what is ordinary reaches one.

    Each theme may have the same share of it. Where nothing is known of what is ordinary they are 0.
    """
    found = tuple(float(most) for most in ordinary.max(axis=0, initial=0.0))
    if not len(ordinary):
        return found
    ranked = np.sort(ordinary, axis=0)[::-1]
    for part in _PARTS:
        row = min(len(ranked) - 1, int(part * rate * len(ranked)))
        tag_at = tuple(float(value) for value in np.round(ranked[row] + 10**-DECIMALS, DECIMALS))
        if _alerts(ordinary, None, tag_at) <= rate:
            found = tag_at
    return found


def sure_at(probabilities: Probabilities, tag_at: Sequence[float], promise: float, weight: Probabilities) -> float:
    """Return the lowest certainty so that of all rows with at least this one the promised share is expected right.

    What is expected is the mean certainty: it follows the share that was right closely, and with less noise.
    """
    certain = np.round(certainty(probabilities, tag_at), DECIMALS)  # rounded, as judgements compare it
    order = np.argsort(-certain, kind="stable")
    rows, weights = certain[order], weight[order]
    means = np.cumsum(rows * weights) / np.maximum(np.cumsum(weights), 1e-9)
    last_of_its_value = np.append(rows[:-1] != rows[1:], True)[: len(rows)]
    enough = last_of_its_value & (means >= promise)
    return float(rows[enough][-1]) if enough.any() else 1.0


def _at_least(found: Sequence[float], least: Sequence[float]) -> tuple[float, ...]:
    return tuple(max(one, other) for one, other in zip(found, least, strict=True))


def _alerts(probabilities: Probabilities, weight: Probabilities | None, tag_at: Sequence[float]) -> float:
    reached = (probabilities >= np.array(tag_at)).any(axis=1)
    return float(np.average(reached, weights=weight)) if len(probabilities) else 0.0


def _quiet(column: Probabilities, weight: Probabilities, share: float) -> float:
    """The lowest threshold that at most this share reaches."""
    quiet = [at for at in _GRID.tolist() if weight[column >= at].sum() <= share * weight.sum()]
    return quiet[0] if quiet else float(_GRID[-1])


def _precise(column: Probabilities, truth: Truth, precision: float) -> float:
    for threshold in _GRID:
        tagged = column >= threshold
        if not tagged.any() or truth[tagged].mean() >= precision:
            return float(threshold)
    return float(_GRID[-1])
