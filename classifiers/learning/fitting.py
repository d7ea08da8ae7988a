"""Fitting one head of a model: weights, calibration and thresholds, the cascade's cut-off, and the centres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from classifiers.judging.encoders import Vectors
from classifiers.judging.features import DECIMALS, expanded, features
from classifiers.judging.model import Head, short
from classifiers.learning.centres import found_centres
from classifiers.learning.dataset import Material
from classifiers.learning.fold_fits import fits_of, fold_scores, others
from classifiers.learning.likeness import likeness
from classifiers.learning.logistic import NEAR
from classifiers.learning.thresholds import (
    RATES,
    OperatingPoint,
    OutOfFold,
    ordinary_thresholds,
    sure_at,
    tag_thresholds,
)

__all__ = ["HeldOut", "Reading", "as_held_out", "fit_head", "held_out", "recalibrated"]

_C = 10.0  # with 30, false alerts on ordinary text reach further up; with 3, fewer close calls come out right
_AXES, _AXES_NUMBERS = 96, 90_000  # whose products are features too

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Reading:
    """What some encoders, `names`, make of the examples and of what is ordinary, which may be nothing.

    Mean and axes are those of our statements, `ours`: whatever people label, it is seen in the same way.
    """

    names: tuple[str, ...]
    vectors: Mapping[str, Vectors]
    ordinary: Mapping[str, Vectors]
    ours: Truth

    @property
    def beside(self) -> Array:
        """The vectors of the examples as they are, those of the encoders side by side."""
        return np.hstack([self.vectors[name] for name in self.names]).astype(np.float64)

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        """Of the statements' vectors, side by side."""
        rows = [self.vectors[name][self.ours] for name in self.names]
        return np.hstack([own.mean(axis=0, dtype=np.float64) for own in rows]).astype(np.float32)

    @cached_property
    def plain(self) -> Array:
        """The features of the examples."""
        return features(self.names, self.vectors, self.mean)

    @cached_property
    def axes(self) -> NDArray[np.float32]:
        """The main axes of the statements' features."""
        return _axes(self.plain[self.ours])

    @cached_property
    def expanded(self) -> Array:
        """What is learnt from, an example a row: large, so that one does well to keep one reading at a time."""
        return expanded(self.plain, self.axes)

    @cached_property
    def single(self) -> NDArray[np.float32]:
        """The same in single precision, as it is fitted."""
        return self.expanded.astype(np.float32)

    @cached_property
    def expanded_ordinary(self) -> Array:
        """The same of what is ordinary."""
        return expanded(features(self.names, self.ordinary, self.mean), self.axes)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What examples look like to a head that did not see their folds, and what follows from that.

    `probabilities` (examples, themes) are calibrated by `scale` and `shift`; thresholds are chosen on them. `fits` are
    the heads that looked, see `fits_of`. `curve` has for each of `RATES` the thresholds that keep it, and the share of
    the themes' examples that reach them.
    """

    probabilities: Array
    scale: Array
    shift: Array
    tag_at: tuple[float, ...]
    alert_at: tuple[float, ...]
    sure_at: float
    none_at: float
    fits: Array
    curve: Mapping[int, tuple[tuple[float, ...], float]]


def held_out(
    reading: Reading,
    material: Material,
    point: OperatingPoint,
    share: Array,
    near: Array | None = None,
    near_enough: float = NEAR,
) -> HeldOut:
    """Return how all examples look to heads that learn each by its `share`, 0 for not at all, without its own fold.

    Fits to other shares are `near`, and save time; so does it to end where a slope is only `near_enough` to a minimum.
    """
    fits = fits_of(reading.single, material, others(material) * share[:, None], _C, near, near_enough)
    return as_held_out(reading, material, point, share > 0, fits)


def as_held_out(reading: Reading, material: Material, point: OperatingPoint, learnt: Truth, fits: Array) -> HeldOut:
    """Return what follows from these fits, one for each fold."""
    scores = fold_scores(reading.expanded, material, fits)
    scale, shift = _calibration(scores, material, learnt)
    rows = material.whole & learnt
    predictions = OutOfFold(
        probabilities=_sigmoid(scores * scale + shift)[rows],
        gold=material.gold[rows],
        ours=material.ours[rows],
        weight=material.weight[rows],
        ordinary=_sigmoid(_ordinary(reading, fits) * scale + shift),
    )
    tag_at = tag_thresholds(predictions, point)
    alert_at = tuple(map(max, tag_at, ordinary_thresholds(predictions.ordinary, point.ordinary)))
    reached = predictions.probabilities >= np.array(tag_at)
    tagged: Truth = np.asarray(reached.any(axis=1))
    clear: Truth = np.asarray(tagged & (~reached | (predictions.probabilities >= np.array(alert_at))).all(axis=1))

    def sure(own: Truth, promise: float) -> float:
        return sure_at(predictions.probabilities[own], tag_at, promise, predictions.weight[own])

    rates = RATES if len(predictions.ordinary) else ()
    curve = {rate: ordinary_thresholds(predictions.ordinary, rate / 1000) for rate in rates}
    return HeldOut(
        probabilities=_sigmoid(scores * scale + shift),
        scale=scale,
        shift=shift,
        tag_at=tag_at,
        alert_at=alert_at,
        sure_at=sure(clear, point.sure),
        none_at=sure(~tagged, point.sure_none),
        fits=fits,
        curve={rate: (at, _found(predictions, at)) for rate, at in curve.items()},
    )


def recalibrated(held: HeldOut, material: Material, rows: Truth) -> Array:
    """Return the probabilities as they would be if they were to be honest about these rows alone."""
    scores = np.log(held.probabilities / (1 - held.probabilities))
    scale, shift = _calibration(scores, material, rows)
    return _sigmoid(scores * scale + shift)


def _ordinary(reading: Reading, fits: Array) -> Array:
    """What every one of the heads says of everything ordinary, one under the other: none has learnt any of it."""
    if not reading.ordinary:
        return np.zeros((0, fits.shape[1]))
    matrix = reading.expanded_ordinary
    return np.vstack([matrix @ fit[:, :-1].T + fit[:, -1] for fit in fits])


def _found(predictions: OutOfFold, tag_at: Sequence[float]) -> float:
    """The share of the themes of our statements that is found from these thresholds on."""
    weight = predictions.gold * (predictions.weight * predictions.ours)[:, None]
    return round(float((weight * (predictions.probabilities >= np.array(tag_at))).sum() / max(weight.sum(), 1e-9)), 4)


def _sigmoid(scores: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return found


def fit_head(
    reading: Reading,
    material: Material,
    promise: HeldOut,
    share: Array,
    known: Truth,
    point: OperatingPoint,
    seed: int,
    alike: Array,
) -> Head:
    """Return the head over these encoders; what it promises was measured on folds that it was not fitted on.

    Each example is learnt by its `share`. `known` are those in a language that its encoders know, what may be lost is
    the operating point's, and `alike` are the fits that tell what is like a theme. The promise's fits are near to what
    is sought; our statements alone begin from nothing, so that what ships comes out again.
    """
    scale, shift, tag_at = promise.scale, promise.shift, promise.tag_at
    start = None if material.ours.all() else promise.fits.mean(axis=0, keepdims=True)
    (fit,) = fits_of(reading.single, material, share[:, None], _C, start)
    weights, bias = fit[:, :-1], fit[:, -1]
    cascade_weights, cascade_bias, unlike_under = likeness(reading.beside, material, alike, known, point.lost)
    centres, near_enough = found_centres(reading.plain, len(reading.names), seed)
    return Head(
        encoders=reading.names,
        mean=reading.mean,
        axes=reading.axes,
        weights=short(weights * scale[:, None]),
        bias=(bias * scale + shift).astype(np.float32),
        tag_at=tag_at,
        alert_at=promise.alert_at,
        sure_at=promise.sure_at,
        none_at=promise.none_at,
        cascade_weights=short(cascade_weights),
        cascade_bias=cascade_bias.astype(np.float32),
        unlike_under=unlike_under,
        centres=short(centres),
        near_enough=near_enough,
        worth_at=_worth(promise, material, known, point.settled),
    )


def _axes(matrix: Array) -> NDArray[np.float32]:
    """The main axes of the features (k, dim), in order of weight; each points where its largest number is positive."""
    count = min(_AXES, _AXES_NUMBERS // matrix.shape[1], *matrix.shape)
    _, found = np.linalg.eigh(matrix.T @ matrix)
    axes = found[:, ::-1][:, :count].T
    signs = np.sign(axes[np.arange(count), np.abs(axes).argmax(axis=1)])
    return short(axes * signs[:, None])


def _calibration(scores: Array, material: Material, rows: Truth) -> tuple[Array, Array]:
    """Platt scaling: for each theme the line that makes held-out scores into honest log-odds.

    As Platt did it, the truth is softened by how few examples vouch for it, so that nothing is ever quite certain.
    """
    scale, shift = np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    for theme in range(scores.shape[1]):
        own = rows & material.known[:, theme]
        column, truth, weight = scores[own, theme], material.gold[own, theme], material.weight[own]
        soft = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
        fit = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(
            np.concatenate([column, column])[:, None],
            np.repeat([1, 0], len(column)),
            np.concatenate([soft * weight, (1 - soft) * weight]),
        )
        scale[theme], shift[theme] = max(fit.coef_[0, 0], 1e-3), fit.intercept_[0]  # never turns a ranking round
    return scale, shift


def _worth(promise: HeldOut, material: Material, known: Truth, settled: float) -> float:
    """The highest probability that all but the `settled` share of the themes' examples reach."""
    highest = promise.probabilities[material.gold.any(axis=1) & known].max(axis=1)
    return round(float(np.quantile(highest, settled)), DECIMALS) if len(highest) else 0.0
