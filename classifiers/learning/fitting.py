"""Fitting one head of a model: weights, calibration and thresholds, the gate before the next level, and the centres."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression

from classifiers.judging.encoders import Vectors
from classifiers.judging.features import features
from classifiers.judging.model import Head
from classifiers.learning.thresholds import Aim, sure_at, tag_thresholds

__all__ = ["FOLDS", "Material", "fit_head"]

FOLDS = 8
_C = 30.0  # weak regularisation: fewer false alerts than with 3 or 10, at the same F1
_GATE_C, _PULL = 1.0, 5.0
_DOUBT = 0.025  # share of the themes' examples that may look ordinary beyond doubt
_CENTRES, _CENTRE_NUMBERS = 48, 60_000  # fewer where the features are many, for the model's size
_FAR_SHARE, _FAR_PART = 0.002, 0.8  # nearly all training texts are nearer to the centres, and new ones may be less so

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of the examples, a row each."""

    gold: Truth  # (examples, themes)
    folds: NDArray[np.int64]
    near: Truth  # of no theme, and yet resembling one
    known: Truth  # in a language that the head's encoders know


def fit_head(names: tuple[str, ...], vectors: Mapping[str, Vectors], material: Material, aim: Aim, seed: int) -> Head:
    """Return the head over these encoders; what it promises is measured on folds that it was not fitted on."""
    mean = np.hstack([vectors[name].mean(axis=0, dtype=np.float64) for name in names]).astype(np.float32)
    matrix, gold = features(names, vectors, mean), material.gold
    held_out = _held_out(matrix, gold, material.folds)
    scale, shift = _calibration(held_out, gold)
    calibrated = 1 / (1 + np.exp(-(held_out * scale + shift)))
    weights, bias = _fit(matrix, gold, _C)
    tag_at = tag_thresholds(calibrated, gold, aim)
    plain = np.hstack([vectors[name] for name in names]).astype(np.float64)
    gate_weights, gate_bias, unlike_under = _gate(plain, material, aim.lost)
    centres, near_enough = _centres(matrix, len(names), seed)
    return Head(
        encoders=names,
        mean=mean,
        weights=(weights * scale[:, None]).astype(np.float32),
        bias=(bias * scale + shift).astype(np.float32),
        tag_at=tag_at,
        sure_at=sure_at(calibrated, tag_at, aim.sure),
        gate_weights=gate_weights.astype(np.float32),
        gate_bias=gate_bias.astype(np.float32),
        unlike_under=unlike_under,
        centres=centres.astype(np.float32),
        near_enough=near_enough,
    )


def _fit(matrix: Array, gold: Truth, c: float) -> tuple[Array, Array]:
    """Weights (themes, dim) and bias (themes,); a theme without examples on both sides has zeros."""
    weights, bias = np.zeros((gold.shape[1], matrix.shape[1])), np.zeros(gold.shape[1])
    for theme, column in enumerate(gold.T):
        if 0 < column.sum() < len(column):
            model = LogisticRegression(C=c, class_weight="balanced", max_iter=1000, tol=1e-6).fit(matrix, column)
            weights[theme], bias[theme] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _held_out(matrix: Array, gold: Truth, folds: NDArray[np.int64]) -> Array:
    """Each example's scores by a model that did not see its fold."""
    scores = np.zeros(gold.shape)
    for fold in np.unique(folds):
        test = folds == fold
        weights, bias = _fit(matrix[~test], gold[~test], _C)
        scores[test] = matrix[test] @ weights.T + bias
    return scores


def _calibration(scores: Array, gold: Truth) -> tuple[Array, Array]:
    """Platt scaling: for each theme the line that makes held-out scores into honest log-odds.

    As Platt did it, the truth is softened by how few examples vouch for it, so that nothing is ever quite certain.
    """
    scale, shift = np.zeros(scores.shape[1]), np.zeros(scores.shape[1])
    for theme, (column, truth) in enumerate(zip(scores.T, gold.T, strict=True)):
        soft = np.where(truth, (truth.sum() + 1) / (truth.sum() + 2), 1 / ((~truth).sum() + 2))
        fit = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(
            np.concatenate([column, column])[:, None], np.repeat([1, 0], len(column)), np.concatenate([soft, 1 - soft])
        )
        scale[theme], shift[theme] = max(fit.coef_[0, 0], 1e-3), fit.intercept_[0]  # never turns a ranking round
    return scale, shift


def _gate(matrix: Array, material: Material, lost: float) -> tuple[Array, Array, float]:
    """Weights and bias that are positive for some theme in all but the `lost` share of the themes' examples.

    The third is the likeness that hardly any (`_DOUBT`) of them fails to reach.
    """
    held_out = np.zeros(material.gold.shape)
    for fold in np.unique(material.folds):
        test = material.folds == fold
        weights, bias = _resemblance(matrix[~test], material.gold[~test], material.near[~test])
        held_out[test] = matrix[test] @ weights.T + bias
    highest = held_out.max(axis=1)[material.gold.any(axis=1) & material.known]
    weights, bias = _resemblance(matrix, material.gold, material.near)
    few, fewer = np.quantile(highest, (lost, min(lost, _DOUBT))) if len(highest) else (-9.0, -9.0)
    return weights, bias - few, round(float(fewer - few), 4)


def _resemblance(matrix: Array, gold: Truth, near: Truth) -> tuple[Array, Array]:
    """How much a text is like a theme rather than like ordinary news.

    Near misses are left out: what is like them deserves a look. What feeds carry is far more varied than any examples
    of `none`, so each theme is pulled towards its own mean: a text that is like nothing known is not like a theme.
    Both together halved what the gate lets through of real feeds, at the same loss.
    """
    weights, bias = _fit(matrix[~near], gold[~near], _GATE_C)
    means = np.array([matrix[column].mean(axis=0) if column.any() else np.zeros(matrix.shape[1]) for column in gold.T])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return weights + _PULL * means / np.maximum(lengths, 1e-9), bias


def _centres(matrix: Array, squared: int, seed: int) -> tuple[Array, float]:
    """Centres of what was seen, as long as the features (`squared`), and the cosine that is near enough to one."""
    count = min(_CENTRES, 1 + len(matrix) // 10, 1 + _CENTRE_NUMBERS // matrix.shape[1])
    centres = KMeans(count, n_init=1, random_state=seed).fit(matrix).cluster_centers_
    centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9) * np.sqrt(squared)
    nearest = (matrix @ centres.T).max(axis=1) / squared
    return centres, round(float(np.quantile(nearest, _FAR_SHARE)) * _FAR_PART, 4)
