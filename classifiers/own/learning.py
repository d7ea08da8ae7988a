"""Learning a theme of one's own: from its description alone, and from as many labels as there are.

The description is one example, and a direction: what lies that way is likely of the theme. Labels turn it. What is
ordinary, the background, are weak negatives for every theme; of what ships as statements nothing is: a statement of
another theme, or of none, may be of this one as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifiers.judging.encoders import encoder_version
from classifiers.judging.features import DECIMALS
from classifiers.judging.model import short
from classifiers.own.head import NEVER, ThemeHead
from classifiers.own.material import ENCODERS, Array, Lesson, Material, Reader, Truth, spread_out, unspread
from stream.records import OwnTheme

__all__ = ["HeldBack", "Learnt", "learn", "learnt_from", "uncalibrated"]

_C = 30.0
_ORDINARY = 0.1  # what the background weighs, against all labels together
_TAGGED, _SURELY = 0.005, 0.001  # shares of ordinary entries that may be tagged, and surely so
_RIGHT = 0.85  # of what is sure, expected right by Laplace's rule: five without an error, or eleven with one
_FEWEST = 4  # labels of either kind with which what was held back says how to calibrate
_FOLDS = 6
_LIKELY, _UNLIKELY = 0.0, -4.6  # log-odds of the likeliest 2 of 1,000 ordinary entries, and of the middle one


@dataclass(frozen=True)
class HeldBack:
    """Labelled texts as a head saw them that had not learnt them, and as the description alone sees them.

    The rows are those of the lessons: `probabilities` are calibrated, `described` is a likeness.
    """

    probabilities: Array
    described: Array
    yes: Truth


@dataclass(frozen=True)
class Learnt:
    """A head, and what it made of what it had not learnt; `ordinary` are probabilities of the background."""

    head: ThemeHead
    held_back: HeldBack
    ordinary: Array


def learn(theme: OwnTheme, lessons: Sequence[Lesson], reader: Reader) -> Learnt:
    """Return the head of a theme: the same for the same theme and lessons; raises `TrainingError`."""
    with threadpool_limits(limits=1):  # sums in one order, whatever the machine
        return learnt_from(reader.read(theme, lessons))


def learnt_from(material: Material) -> Learnt:
    """Return the head that this material makes."""
    with threadpool_limits(limits=1):  # as `learn`
        return _learnt(spread_out(material))


def uncalibrated(material: Material) -> tuple[Array, float]:
    """Return the weights and bias of the head that this material makes, before it is calibrated: to measure ranking."""
    with threadpool_limits(limits=1):
        made = spread_out(material)
        weights, bias = _fit(made, np.ones(len(made.yes), dtype=bool), np.ones(len(made.ordinary), dtype=bool))
        return unspread(made, weights), bias


def _learnt(material: Material) -> Learnt:
    every = np.arange(len(material.ordinary))
    half = every % 2 == 0
    labels = np.ones(len(material.yes), dtype=bool)
    ordinary = np.zeros(len(every))
    for learnt in (half, ~half):
        weights, bias = _fit(material, labels, learnt)
        ordinary[~learnt] = material.ordinary[~learnt] @ weights + bias
    scores = _held_back(material)
    scale, shift = _calibration(scores, material.yes, ordinary)
    weights, bias = _fit(material, labels, np.ones(len(every), dtype=bool))
    seen, quiet = _sigmoid(scores * scale + shift), _sigmoid(ordinary * scale + shift)
    tag_at = max(0.5, _ordinary_at(quiet, _TAGGED))
    head = ThemeHead(
        encoders=ENCODERS,
        means=material.means,
        weights=short(unspread(material, weights) * scale),
        bias=round(float(bias * scale + shift), 6),
        tag_at=tag_at,
        alert_at=max(tag_at, _ordinary_at(quiet, _SURELY), _right_at(seen, material.yes)),
        versions={name: encoder_version(name) for name in ENCODERS},
    )
    described = material.labelled[:, -1]
    return Learnt(head, HeldBack(seen, described, material.yes), quiet)


def _fit(material: Material, labels: Truth, ordinary: Truth) -> tuple[Array, float]:
    """Weights and bias that were learnt from these rows, and from the description, which is an example of its own."""
    yes = material.yes[labels]
    size, both = len(yes), yes.any() and not yes.all()
    each = np.where(yes, size / 2 / max(1, yes.sum()), size / 2 / max(1, (~yes).sum()))
    quiet = np.full(ordinary.sum(), (1 + size * (_ORDINARY if both else 0.5)) / ordinary.sum())
    fit = LogisticRegression(C=_C, max_iter=1000, tol=1e-3).fit(
        np.vstack([material.labelled[labels], material.ordinary[ordinary], material.direction]),
        np.r_[yes, np.zeros(ordinary.sum(), dtype=bool), True],
        np.r_[each, quiet, 1.0],
    )
    return fit.coef_[0], float(fit.intercept_[0])


def _held_back(material: Material) -> Array:
    """What each label looks like to a head that has not learnt it."""
    folds = np.zeros(len(material.yes), dtype=int)
    for kind in (material.yes, ~material.yes):
        folds[kind] = np.arange(kind.sum()) % _FOLDS
    every = np.ones(len(material.ordinary), dtype=bool)
    scores = np.zeros(len(folds))
    for fold in np.unique(folds):
        weights, bias = _fit(material, folds != fold, every)
        scores[folds == fold] = material.labelled[folds == fold] @ weights + bias
    return scores


def _calibration(scores: Array, yes: Truth, ordinary: Array) -> tuple[float, float]:
    """The line that makes scores into log-odds: by the labels where there are enough (Platt), else by what is ordinary.

    As Platt did it, the truth is softened by how few labels vouch for it.
    """
    if min(yes.sum(), (~yes).sum()) < _FEWEST:
        high, middle = np.quantile(ordinary, (0.998, 0.5))
        scale = (_LIKELY - _UNLIKELY) / max(high - middle, 1e-9)
        return float(scale), float(_LIKELY - scale * high)
    soft = np.where(yes, (yes.sum() + 1) / (yes.sum() + 2), 1 / ((~yes).sum() + 2))
    even = np.where(yes, 0.5 / yes.sum(), 0.5 / (~yes).sum()) * len(yes)
    fit = LogisticRegression(C=1e3, tol=1e-8, max_iter=1000).fit(
        np.r_[scores, scores][:, None], np.repeat([1, 0], len(yes)), np.r_[soft * even, (1 - soft) * even]
    )
    return max(float(fit.coef_[0, 0]), 1e-3), float(fit.intercept_[0])


def _ordinary_at(ordinary: Array, share: float) -> float:
    """The probability that no more than this share of what is ordinary reaches."""
    ranked = np.sort(ordinary)[::-1]
    return round(float(ranked[int(share * len(ranked))]) + 0.1**DECIMALS, DECIMALS)


def _right_at(probabilities: Array, yes: Truth) -> float:
    """The lowest probability from which on so many of what was held back are right; never without labels."""
    order = np.argsort(-probabilities, kind="stable")
    right = np.cumsum(yes[order])
    good = np.flatnonzero((right + 1) / np.arange(3, len(order) + 3) >= _RIGHT)
    return round(float(probabilities[order[int(good[-1])]]), DECIMALS) if len(good) else NEVER


def _sigmoid(scores: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return found
