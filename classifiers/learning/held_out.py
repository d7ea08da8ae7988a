"""How good a way of training is, on examples that were held back from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.features import DECIMALS, certainty
from classifiers.learning.dataset import Truth, unknown
from classifiers.learning.fitting import HeldOut
from classifiers.learning.train import Prepared
from classifiers.measuring.metrics import average_precision, calibration_error, mean, scores

__all__ = ["ENOUGH", "Figures", "figures"]

ENOUGH = 20  # examples from which a language has a figure of its own

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1 at the thresholds of the training; a language's F1 counts all its (item, theme) pairs."""

    examples: int
    macro_f1: float
    false_alerts: float
    ece: float
    coverage: float
    accuracy: float
    themes: dict[str, float]  # F1
    languages: dict[str, float]  # F1, of those that the model knows, with `ENOUGH` examples
    ranking: dict[str, float]  # average precision, by theme and by language: it hangs on no threshold

    @property
    def flat(self) -> dict[str, float]:
        """The figures by dotted names, as records of models have them."""
        own = {name: getattr(self, name) for name in ("macro_f1", "false_alerts", "ece", "coverage", "accuracy")}
        return {
            **own,
            **{f"f1.{theme}": value for theme, value in self.themes.items()},
            **{f"language.{lang}": value for lang, value in self.languages.items()},
            **{f"average_precision.{name}": value for name, value in self.ranking.items()},
        }


def figures(prepared: Prepared, held: HeldOut, rows: Truth) -> Figures:
    """Return the figures over these examples."""
    gold, known = prepared.material.gold[rows], prepared.material.known[rows]
    probabilities = held.probabilities[rows]
    tagged = probabilities >= np.array(held.tag_at)
    whole = known.all(axis=1)
    sure = whole & _sure(held, probabilities, tagged)
    themes = {theme: known & (np.arange(known.shape[1]) == n) for n, theme in enumerate(prepared.themes)}
    langs = {lang: known & own[:, None] for lang, own in _languages(prepared, rows).items()}
    f1 = {name: scores(gold[own], tagged[own]).f1 for name, own in {**themes, **langs}.items()}
    return Figures(
        examples=int(rows.sum()),
        macro_f1=mean(f1[theme] for theme in themes),
        false_alerts=mean(np.asarray(tagged[whole & ~gold.any(axis=1)].any(axis=1))),
        ece=calibration_error(gold[known], probabilities[known]),
        coverage=mean(sure[whole]),
        accuracy=mean(np.asarray((tagged == gold).all(axis=1))[sure]),
        themes={theme: f1[theme] for theme in themes},
        languages={lang: f1[lang] for lang in langs},
        ranking={name: average_precision(gold[own], probabilities[own]) for name, own in {**themes, **langs}.items()},
    )


def _sure(held: HeldOut, probabilities: Array, tagged: Truth) -> Truth:
    """Which rows would be called sure, as `classifiers.judging.cascade` decides it."""
    certain = np.round(certainty(probabilities, held.tag_at), DECIMALS)
    clear = (~tagged | (probabilities >= np.array(held.alert_at))).all(axis=1)
    return np.where(tagged.any(axis=1), clear & (certain >= held.sure_at), certain >= held.none_at)


def _languages(prepared: Prepared, rows: Truth) -> dict[str, Truth]:
    """The rows of each language with a figure of its own; to a model that does not know it, that would be noise."""
    langs = np.array([example.lang for example in prepared.examples])[rows]
    foreign = unknown(prepared.recipe.cascade[-1])
    own = {str(lang): langs == lang for lang in np.unique(langs) if lang and lang not in foreign}
    return {lang: at for lang, at in own.items() if at.sum() >= ENOUGH}
