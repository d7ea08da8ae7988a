"""How good judgements are: against labels, by theme and language, and whether they are as sure as they may be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from classifiers.judging.classify import Judgement
from classifiers.judging.text import Text
from stream.errors import ThemewireError

__all__ = [
    "BINS", "EvaluationError", "Gold", "Pairs", "average_precision", "bins", "evaluate", "evaluate_file", "read_gold",
]  # fmt: skip

BINS = 10

Judge = Callable[[Sequence[Text]], Sequence[Judgement]]


class EvaluationError(ThemewireError):
    """A file of labelled items cannot be used; the sentence says why."""


class Gold(msgspec.Struct, frozen=True):
    """A labelled item."""

    title: str
    themes: tuple[str, ...]
    summary: str = ""
    lang: str = ""
    id: str | int = ""
    group: str = ""


Pairs = Sequence[tuple[Judgement, Gold]]


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


def evaluate_file(path: Path, judge: Judge) -> tuple[dict[str, Any], Pairs]:
    """Return the report on a file of labelled items (one JSON object a line: title, summary, themes, lang), and what
    it is about; raises `EvaluationError`."""
    gold = read_gold(path)
    judgements = judge([Text(row.title, row.summary) for row in gold])
    _check_themes(path, gold, judgements[0].themes)
    return evaluate(judgements, gold), list(zip(judgements, gold, strict=True))


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
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
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
    by_theme = {theme: _theme(pairs, theme) for theme in themes}
    return {
        "items": len(pairs),
        "macro_f1": _mean(figures["f1"] for figures in by_theme.values()),
        "average_precision": _mean(figures["average_precision"] for figures in by_theme.values()),
        **_all_themes(pairs),
        "themes": by_theme,
        "languages": {lang: _language(pairs, lang, themes) for lang in sorted({row.lang for _, row in pairs})},
    }


def average_precision(pairs: Pairs, theme: str) -> float:
    """Return the area under a theme's precision-recall curve, as a mean of the precision at each right item."""
    ranked = sorted(pairs, key=lambda pair: -pair[0].themes[theme])
    hits = np.array([theme in row.themes for _, row in ranked], dtype=bool)
    if not hits.any():
        return 0.0
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return round(float(precision[hits].mean()), 4)


def bins(pairs: Pairs, themes: Iterable[str]) -> list[tuple[int, float, float]]:
    """Return for each of ten equal bins of probability that holds any: how many, their mean, the share that is true."""
    told = [(judgement.themes[theme], theme in row.themes) for judgement, row in pairs for theme in themes]
    said, true = np.array([p for p, _ in told]), np.array([is_it for _, is_it in told], dtype=bool)
    own = np.minimum((said * BINS).astype(int), BINS - 1)
    return [(int((own == n).sum()), float(said[own == n].mean()), float(true[own == n].mean())) for n in np.unique(own)]


def _check_themes(path: Path, gold: Sequence[Gold], known: Iterable[str]) -> None:
    """A misspelt theme would count as one that is never found."""
    names = sorted(known)
    for row in gold:
        if unknown := set(row.themes) - set(names):
            why = f"there is no theme {min(unknown)!r}; there are: {', '.join(names)}"
            raise EvaluationError(f"{path}, {row.title[:60]!r}: {why}.")


def _all_themes(pairs: Pairs) -> dict[str, float]:
    """The figures that are about items and not about one theme."""
    none = [judgement for judgement, row in pairs if not row.themes]
    sure = [(judgement, row) for judgement, row in pairs if judgement.decision != "unsure"]
    return {
        "false_alerts": _share(sum(bool(judgement.tags) for judgement in none), len(none)),
        "ece": _calibration_error(pairs, pairs[0][0].themes) if pairs else 0.0,
        "coverage": _share(len(sure), len(pairs)),
        "accuracy": _share(sum(set(j.tags) == set(row.themes) for j, row in sure), len(sure)),
    }


def _count(pairs: Pairs, theme: str) -> _Count:
    said = [(theme in judgement.tags, theme in row.themes) for judgement, row in pairs]
    return _Count(said.count((True, True)), said.count((True, False)), said.count((False, True)))


def _theme(pairs: Pairs, theme: str) -> dict[str, float]:
    return {
        "items": sum(theme in row.themes for _, row in pairs),
        **_figures(_count(pairs, theme)),
        "average_precision": average_precision(pairs, theme),
        "ece": _calibration_error(pairs, [theme]),
    }


def _figures(count: _Count) -> dict[str, float]:
    return {"precision": count.precision, "recall": count.recall, "f1": count.f1}


def _language(pairs: Pairs, lang: str, themes: Sequence[str]) -> Mapping[str, Any]:
    """A language has few items a theme: its own figures count all its (item, theme) pairs together."""
    own = [(judgement, row) for judgement, row in pairs if row.lang == lang]
    counts = {theme: _count(own, theme) for theme in themes}
    total = _Count(*(sum(getattr(c, name) for c in counts.values()) for name in ("right", "false", "missed")))
    told = {theme: count for theme, count in counts.items() if count.right + count.false + count.missed}
    return {
        "items": len(own),
        **_figures(total),
        "macro_f1": _mean(count.f1 for count in told.values()),
        "average_precision": _mean(
            average_precision(own, theme) for theme in themes if any(theme in row.themes for _, row in own)
        ),
        **_all_themes(own),
        "themes": {theme: _figures(count) for theme, count in told.items()},
    }


def _calibration_error(pairs: Pairs, themes: Iterable[str]) -> float:
    found = bins(pairs, themes)
    every = sum(count for count, _, _ in found)
    return round(sum(abs(said - true) * count for count, said, true in found) / every, 4) if every else 0.0


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return round(sum(found) / len(found), 4) if found else 0.0
