"""Metrics of a classifier at its thresholds and over all of them, by scikit-learn; each is rounded to four decimals.

`truth` and `predicted` are boolean, and `probabilities` from 0 to 1, all of one shape: arrays of more than one
dimension are taken as one row of (item, theme) pairs.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

__all__ = ["Bin", "Scores", "average_precision", "calibration_error", "mean", "reliability", "scores"]

BINS = 10  # of equal width

Truth = NDArray[np.bool_]
Array = NDArray[np.float64]


class Scores(NamedTuple):
    """Figures at the thresholds; what divides by nothing is 0."""

    precision: float
    recall: float
    f1: float


class Bin(NamedTuple):
    """Predictions of about the same probability: how many (`size`), their mean, and the share that is true."""

    size: int
    predicted: float
    true: float


def scores(truth: Truth, predicted: Truth) -> Scores:
    """Return precision, recall and F1 of all the pairs together."""
    if not truth.size:
        return Scores(0.0, 0.0, 0.0)
    found = precision_recall_fscore_support(truth.ravel(), predicted.ravel(), average="binary", zero_division=0)
    return Scores(*(round(float(value), 4) for value in found[:3]))


def average_precision(truth: Truth, probabilities: Array) -> float:
    """Return the area under the precision-recall curve; 0 where nothing is true."""
    if not truth.any():
        return 0.0
    return round(float(average_precision_score(truth.ravel(), probabilities.ravel())), 4)


def reliability(truth: Truth, probabilities: Array) -> list[Bin]:
    """Return the calibration curve over ten bins of equal width, without those that are empty."""
    if not truth.size:
        return []
    shares, means = calibration_curve(truth.ravel(), probabilities.ravel(), n_bins=BINS)
    edges = np.linspace(0.0, 1.0, BINS + 1)[1:-1]  # as `calibration_curve` has them, which does not count
    sizes = np.bincount(np.searchsorted(edges, probabilities.ravel()))
    rows = zip(sizes[sizes > 0], means, shares, strict=True)
    return [Bin(int(size), float(predicted), float(true)) for size, predicted, true in rows]


def calibration_error(truth: Truth, probabilities: Array) -> float:
    """Return the expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) over these bins."""
    found = reliability(truth, probabilities)
    return round(sum(abs(one.predicted - one.true) * one.size for one in found) / max(1, truth.size), 4)


def mean(values: Iterable[float]) -> float:
    """Return the mean, or the share of what is true; 0 of none."""
    found = list(values)
    return round(float(np.mean(found)), 4) if found else 0.0
