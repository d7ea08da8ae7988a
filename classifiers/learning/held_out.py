"""How good a way of training is, on examples that were held back from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.features import certainty
from classifiers.learning.dataset import Truth, unknown
from classifiers.learning.fitting import HeldOut
from classifiers.learning.train import Prepared

__all__ = ["ENOUGH", "Figures", "average_precision", "calibration_error", "f1_of", "figures"]

ENOUGH = 20  # examples from which a language has a figure of its own
_BINS = 10

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
    gold, said = prepared.material.gold[rows], prepared.material.said[rows]
    probabilities = held.probabilities[rows]
    tagged = probabilities >= np.array(held.tag_at)
    whole = said.all(axis=1)
    none = whole & ~gold.any(axis=1)
    sure = whole & (np.round(certainty(probabilities, held.tag_at), 4) >= held.sure_at)
    right = (tagged == gold).all(axis=1)
    themes = {theme: f1_of(tagged[:, n], gold[:, n], said[:, n]) for n, theme in enumerate(prepared.themes)}
    langs = np.array([example.lang for example in prepared.examples])[rows]
    foreign = unknown(prepared.recipe.plan[-1])  # to a model that does not know a language, a figure of it is noise
    own = {
        str(lang): langs == lang
        for lang in np.unique(langs)
        if lang and lang not in foreign and (langs == lang).sum() >= ENOUGH
    }
    ranking = {
        **{t: average_precision(probabilities[:, n], gold[:, n], said[:, n]) for n, t in enumerate(prepared.themes)},
        **{lang: average_precision(probabilities[at], gold[at], said[at]) for lang, at in own.items()},
    }
    return Figures(
        examples=int(rows.sum()),
        macro_f1=_mean(list(themes.values())),
        false_alerts=_share(np.asarray(tagged[none].any(axis=1))),
        ece=calibration_error(probabilities[said], gold[said]),
        coverage=_share(sure[whole]),
        accuracy=_share(right[sure]),
        themes=themes,
        languages={lang: f1_of(tagged[at], gold[at], said[at]) for lang, at in own.items()},
        ranking=ranking,
    )


def f1_of(tagged: Truth, gold: Truth, said: Truth) -> float:
    """Return F1 over all places where the truth is known."""
    right, false, missed = (tagged & gold & said).sum(), (tagged & ~gold & said).sum(), (~tagged & gold & said).sum()
    return round(float(2 * right / (2 * right + false + missed)), 4) if right + false + missed else 0.0


def average_precision(probabilities: Array, gold: Truth, said: Truth) -> float:
    """Return the mean precision at each right place, over all places where the truth is known, the surest first."""
    order = np.argsort(-probabilities[said], kind="stable")
    hits = gold[said][order]
    if not hits.any():
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return round(float(precision[hits].mean()), 4)


def calibration_error(said: Array, true: Truth) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = [abs(said[bins == n].mean() - true[bins == n].mean()) * (bins == n).mean() for n in np.unique(bins)]
    return round(float(sum(gaps)), 4)


def _share(truth: Truth) -> float:
    return round(float(truth.mean()), 4) if len(truth) else 0.0


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
