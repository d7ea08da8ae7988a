"""How good judgements are: against labels, by theme and language, and whether they are as sure as they may be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.judging.classify import Judgement
from classifiers.judging.text import Text
from classifiers.measuring.metrics import Scores, average_precision, calibration_error, mean, scores
from stream.errors import ThemewireError

__all__ = ["EvaluationError", "Gold", "Pairs", "evaluate", "evaluate_file", "read_gold"]

Truth = NDArray[np.bool_]
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
class _Rows:
    """Judgements beside the truth: arrays of (items, themes), whether an item is sure, and its language."""

    themes: tuple[str, ...]
    truth: Truth
    predicted: Truth
    probabilities: NDArray[np.float64]
    sure: Truth
    langs: NDArray[np.str_]

    def __getitem__(self, own: Truth) -> "_Rows":
        """Some of the items."""
        arrays = (self.truth[own], self.predicted[own], self.probabilities[own], self.sure[own], self.langs[own])
        return _Rows(self.themes, *arrays)


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
    rows = _rows(judgements, gold)
    by_theme = {theme: _theme(rows, at) for at, theme in enumerate(rows.themes)}
    return {
        "items": len(rows.truth),
        "macro_f1": mean(figures["f1"] for figures in by_theme.values()),
        "average_precision": mean(figures["average_precision"] for figures in by_theme.values()),
        **_all_themes(rows),
        "themes": by_theme,
        "languages": {str(lang): _language(rows[rows.langs == lang]) for lang in np.unique(rows.langs)},
    }


def _check_themes(path: Path, gold: Sequence[Gold], known: Iterable[str]) -> None:
    """A misspelt theme would count as one that is never found."""
    names = sorted(known)
    for row in gold:
        if unknown := set(row.themes) - set(names):
            why = f"there is no theme {min(unknown)!r}; there are: {', '.join(names)}"
            raise EvaluationError(f"{path}, {row.title[:60]!r}: {why}.")


def _rows(judgements: Sequence[Judgement], gold: Sequence[Gold]) -> _Rows:
    themes = tuple(judgements[0].themes)
    return _Rows(
        themes,
        truth=np.array([[theme in row.themes for theme in themes] for row in gold], dtype=bool),
        predicted=np.array([[theme in judged.tags for theme in themes] for judged in judgements], dtype=bool),
        probabilities=np.array([[judged.themes[theme] for theme in themes] for judged in judgements]),
        sure=np.array([judged.decision != "unsure" for judged in judgements], dtype=bool),
        langs=np.array([row.lang for row in gold], dtype=np.str_),
    )


def _all_themes(rows: _Rows) -> dict[str, float]:
    """The figures that are about items and not about one theme."""
    alerted: Truth = np.asarray(rows.predicted.any(axis=1))
    right: Truth = np.asarray((rows.predicted == rows.truth).all(axis=1))
    return {
        "false_alerts": mean(alerted[~rows.truth.any(axis=1)]),
        "ece": calibration_error(rows.truth, rows.probabilities),
        "coverage": mean(rows.sure),
        "accuracy": mean(right[rows.sure]),
    }


def _theme(rows: _Rows, at: int) -> dict[str, float]:
    truth, probabilities = rows.truth[:, at], rows.probabilities[:, at]
    return {
        "items": int(truth.sum()),
        **scores(truth, rows.predicted[:, at])._asdict(),
        "average_precision": average_precision(truth, probabilities),
        "ece": calibration_error(truth, probabilities),
    }


def _language(rows: _Rows) -> Mapping[str, Any]:
    """A language has few items a theme: its own figures count all its (item, theme) pairs together."""
    by_theme = {theme: _theme(rows, at) for at, theme in enumerate(rows.themes)}
    there: Truth = np.asarray((rows.truth | rows.predicted).any(axis=0))
    found = {
        theme: {name: by_theme[theme][name] for name in Scores._fields}
        for theme, one in zip(rows.themes, there, strict=True)
        if one
    }
    return {
        "items": len(rows.truth),
        **scores(rows.truth, rows.predicted)._asdict(),
        "macro_f1": mean(figures["f1"] for figures in found.values()),
        "average_precision": mean(each["average_precision"] for each in by_theme.values() if each["items"]),
        **_all_themes(rows),
        "themes": found,
    }
