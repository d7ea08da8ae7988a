"""How well a theme of one's own is learnt: `python -m tests.bench.own_theme FILE…`.

A FILE has labelled items of one theme, JSON lines with `lang, title, summary, yes, hard`; what the theme is about is in
`themes.toml` beside it under the file's name, or follows the file as FILE=TEXT. The items are drawn at random, so many
as are labelled (`--examples`), again and again (`--draws`), a head is learnt as `themes add` learns it, and judges the
others. Half of the background is learnt as ordinary, the other half says what is let through.

ranked: average precision; F1: at 5 % false alerts among the items that are not of the theme; recall: at 2 false alerts
in 1,000 ordinary entries; sure: share of the theme's items whose alerts are sure, and how many of the sure are right.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import Encoders
from classifiers.judging.language import Languages
from classifiers.judging.text import Text
from classifiers.learning.background import background
from classifiers.measuring.metrics import average_precision
from classifiers.own.gate import may_be_sure, theme_gate
from classifiers.own.learning import learnt_from, uncalibrated
from classifiers.own.material import ENCODERS, Lesson, Material, Reader
from stream.records import OwnTheme

__all__ = ["Figures", "drawn", "figures"]

Truth = NDArray[np.bool_]
FALSE_ALERTS, ORDINARY = 0.05, 0.002


@dataclass(frozen=True)
class Figures:
    """Of one draw; `right` is not a number where nothing is sure."""

    ranked: float
    f1: float
    recall: float
    sure: float
    right: float


def figures(scores: NDArray[np.float64], yes: Truth, ordinary: NDArray[np.float64], sure_at: float) -> Figures:
    """What these scores are worth."""
    quiet = np.sort(scores[~yes])[::-1]
    said = scores > quiet[min(len(quiet) - 1, int(FALSE_ALERTS * len(quiet)))]
    least = np.sort(ordinary)[::-1][int(ORDINARY * len(ordinary))]
    surely = scores >= sure_at
    return Figures(
        ranked=average_precision(yes, scores),
        f1=2 * float((said & yes).sum()) / float(said.sum() + yes.sum()),
        recall=float((scores[yes] > least).mean()),
        sure=float(surely[yes].mean()),
        right=float(yes[surely].mean()) if surely.any() else float("nan"),
    )


def drawn(read: Material, lessons: Sequence[Lesson], count: int, draws: int, sure: bool) -> list[Figures]:
    """The figures of each draw."""
    every = background(ENCODERS)
    found = []
    for draw in range(draws if count else 2):
        chance = np.random.default_rng(draw)
        while True:
            own = np.sort(chance.permutation(len(lessons))[:count])
            if count == 0 or 0 < read.yes[own].sum() < count:
                break
        rest = np.setdiff1d(np.arange(len(lessons)), own)
        half = chance.permutation(len(every[ENCODERS[0]])) % 2 == 0
        part = read.part(own, half)
        weights, bias, sure_at = (
            calibrated(part, [lessons[at] for at in own]) if sure else (*uncalibrated(part), np.inf)
        )
        scores, quiet = read.labelled[rest] @ weights + bias, read.ordinary[~half] @ weights + bias
        found.append(figures(scores, read.yes[rest], quiet, sure_at))
    return found


def calibrated(part: Material, lessons: Sequence[Lesson]) -> tuple[NDArray[np.float64], float, float]:
    """The weights and bias of a head, and the score from which on it is sure."""
    learnt = learnt_from(part)
    at = learnt.head.alert_at if may_be_sure(theme_gate(learnt, lessons), learnt) else 2.0
    score = float(np.log(at / (1 - at))) if at < 1 else np.inf
    return learnt.head.weights.astype(np.float64), learnt.head.bias, score


def sets(asked: Sequence[str]) -> Iterator[tuple[OwnTheme, list[Lesson]]]:
    """Each file's theme and items."""
    for one in asked:
        name, _, about = one.partition("=")
        path = Path(name)
        if not about:
            rows = tomllib.loads(path.with_name("themes.toml").read_text(encoding="utf-8"))["theme"]
            about = next(row["about"] for row in rows if row["id"] == path.stem)
        items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lessons = [Lesson(Text(i["title"], i.get("summary", ""), i.get("lang", "")), bool(i["yes"])) for i in items]
        yield OwnTheme(id=path.stem, name=path.stem, about=about, added_at=0), lessons


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.own_theme", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE[=TEXT]")
    parser.add_argument("--examples", type=int, nargs="+", default=[0, 5, 20, 50])
    parser.add_argument("--draws", type=int, default=25)
    parser.add_argument("--sure", action="store_true", help="measure what is sure as well, in ten times the time")
    asked = parser.parse_args()
    reader = Reader(Encoders(threads=2), Languages())
    print("| theme | examples | ranked | F1 | recall | sure | of the sure, right |\n|---|---|---|---|---|---|---|")
    means: dict[int, list[NDArray[np.float64]]] = {}
    for theme, lessons in sets(asked.files):
        read = reader.read(theme, lessons)
        for count in asked.examples:
            rows = drawn(read, lessons, count, asked.draws, asked.sure)
            table = np.array([[r.ranked, r.f1, r.recall, r.sure, r.right] for r in rows])
            means.setdefault(count, []).append(row := _mean(table))
            print(_line(theme.id, count, row), flush=True)
    for count, several in means.items():
        print(_line("*mean*", count, _mean(np.array(several))))


def _mean(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([np.nanmean(c) if not np.isnan(c).all() else np.nan for c in table.T])


def _line(name: str, count: int, row: NDArray[np.float64]) -> str:
    cells = ["" if np.isnan(value) else f"{value:.2f}" if n else f"{value:.3f}" for n, value in enumerate(row)]
    return f"| {name} | {count or 'description alone'} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
