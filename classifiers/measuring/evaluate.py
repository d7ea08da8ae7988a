"""How good judgements are: against labels, by theme and language, and whether they are as sure as they may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.text import Text

__all__ = ["EvaluationError", "Gold", "evaluate", "evaluate_file", "read_gold"]

_BINS = 10


class EvaluationError(Exception):
    """A file of labelled items cannot be used; the sentence says why."""


class Gold(msgspec.Struct, frozen=True):
    """A labelled item."""

    title: str
    themes: tuple[str, ...]
    summary: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class _Count:
    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return _share(self.right, self.right + self.false)

    @property
    def recall(self) -> float:
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        return _share(2 * self.right, 2 * self.right + self.false + self.missed)


def evaluate_file(path: Path, classifier: Classifier) -> dict[str, Any]:
    """Return the report on a file of labelled items (one JSON object a line: title, summary, themes, lang)."""
    gold = read_gold(path)
    judgements = classifier.judge([Text(row.title, row.summary) for row in gold], reasons=False)
    return evaluate(judgements, gold)


def read_gold(path: Path) -> list[Gold]:
    """Return a file's labelled items; raises `EvaluationError` with the line that is wrong."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}.") from error
    gold = []
    for number, row in enumerate(lines, start=1):
        if not row.strip():
            continue
        try:
            gold.append(msgspec.json.decode(row, type=Gold))
        except msgspec.MsgspecError as error:
            raise EvaluationError(f"{path}, line {number}, is not a labelled item: {error}.") from error
    if not gold:
        raise EvaluationError(f"{path} has no labelled items.")
    return gold


def evaluate(judgements: Sequence[Judgement], gold: Sequence[Gold]) -> dict[str, Any]:
    """Return figures from 0 to 1, at the shipped thresholds, in a form that JSON takes.

    `false_alerts`: share of items of no theme that have a tag. `ece`: expected calibration error over all
    probabilities. `coverage`: share that is not unsure; `accuracy`: share of those whose tags are exactly right.
    """
    pairs = list(zip(judgements, gold, strict=True))
    themes = list(judgements[0].themes)
    by_theme = {theme: _count(pairs, theme) for theme in themes}
    sure = [judgement.tags for judgement, _ in pairs if judgement.decision != "unsure"]
    right = sum(j.decision != "unsure" and set(j.tags) == set(row.themes) for j, row in pairs)
    none = [judgement for judgement, row in pairs if not row.themes]
    return {
        "items": len(pairs),
        "macro_f1": _mean(count.f1 for count in by_theme.values()),
        "average_precision": _mean(_average_precision(pairs, theme) for theme in themes),
        "false_alerts": _share(sum(bool(judgement.tags) for judgement in none), len(none)),
        "ece": _calibration_error(pairs),
        "coverage": _share(len(sure), len(pairs)),
        "accuracy": _share(right, len(sure)),
        "themes": {theme: _figures(count) for theme, count in by_theme.items()},
        "languages": {lang: _language(pairs, lang, themes) for lang in sorted({row.lang for _, row in pairs})},
    }


Pairs = Sequence[tuple[Judgement, Gold]]


def _count(pairs: Pairs, theme: str) -> _Count:
    said = [(theme in judgement.tags, theme in row.themes) for judgement, row in pairs]
    return _Count(said.count((True, True)), said.count((True, False)), said.count((False, True)))


def _figures(count: _Count) -> dict[str, float]:
    return {"precision": count.precision, "recall": count.recall, "f1": count.f1}


def _language(pairs: Pairs, lang: str, themes: Sequence[str]) -> Mapping[str, float]:
    """A language has too few items for themes of its own: all its (item, theme) pairs are counted together."""
    own = [(judgement, row) for judgement, row in pairs if row.lang == lang]
    counts = [_count(own, theme) for theme in themes]
    total = _Count(sum(c.right for c in counts), sum(c.false for c in counts), sum(c.missed for c in counts))
    sure = sum(judgement.decision != "unsure" for judgement, _ in own)
    macro = _mean(c.f1 for c in counts if c.right + c.false + c.missed)
    return {"items": len(own), **_figures(total), "macro_f1": macro, "coverage": _share(sure, len(own))}


def _calibration_error(pairs: Pairs) -> float:
    said = np.array([value for judgement, _ in pairs for value in judgement.themes.values()])
    true = np.array([theme in row.themes for judgement, row in pairs for theme in judgement.themes])
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = [abs(said[bins == n].mean() - true[bins == n].mean()) * (bins == n).mean() for n in np.unique(bins)]
    return round(float(sum(gaps)), 4)


def _average_precision(pairs: Pairs, theme: str) -> float:
    ranked = sorted(pairs, key=lambda pair: -pair[0].themes[theme])
    hits = np.array([theme in row.themes for _, row in ranked])
    if not hits.any():
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return round(float(precision[hits].mean()), 4)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return round(sum(found) / len(found), 4) if found else 0.0
