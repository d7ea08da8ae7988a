"""The views of themes: how often each was in the news, what people say of that, and one of them by itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stream.index.rows import Day
from stream.index.search import MOMENT, number_at
from stream.index.session import IndexRows
from stream.index.stage import find_item
from stream.records import OwnTheme
from stream.sqlite.database import Database
from stream.subscriptions.saved import read_subscriptions
from stream.units import DAY, WEEK, utc
from stream.web.access import RequestRefused
from stream.web.page.theme_desk import Said
from stream.web.page.theme_form import theme_form
from stream.web.page.training import grouped
from stream.web.page.wording import sentence
from stream.web.page.workbench import Workbench

__all__ = ["Verdicts", "themes_view", "verdicts"]

DAYS = 14
WEEKS = 8
SHOWN = 10  # examples of either kind
KINDS = ("learn", "preview", "search")
_BY_DAY = f"SELECT theme, {MOMENT} / ?, count(*) FROM alert NOT INDEXED WHERE number >= ? GROUP BY 1, 2"


@dataclass(frozen=True)
class Verdicts:
    """What people said in a week, that begins on a day, of what a theme's alerts were about."""

    begins: int
    right: int
    wrong: int


def themes_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it: with words (`q`) the form of a theme with examples that are found, with a
    `theme` that theme, else all of them."""
    if "q" in query:
        return "theme_form.html", theme_form(bench, index, query)
    days = _days(bench, index)
    if name := query.get("theme", ""):
        return "theme.html", _one(bench, index, name, days)
    own = {theme.id: theme for theme in bench.own.own()}
    said = {theme.id: verdicts(bench.own.said(theme.id), index, theme.id, bench.clock()) for theme in bench.themes()}
    return "themes.html", {
        "days": days,
        "own": own,
        "right": {name: sum(week.right for week in weeks) for name, weeks in said.items()},
        "wrong": {name: sum(week.wrong for week in weeks) for name, weeks in said.items()},
        "weeks": WEEKS,
    }


def verdicts(said: Sequence[Said], index: Database, theme: str, now: int) -> list[Verdicts]:
    """Return by week, this one last, how many items of a theme's alerts people called right, and wrong."""
    this = _week(now)
    first = this - (WEEKS - 1) * WEEK
    rows, counts = IndexRows(index), Counter[tuple[int, bool]]()
    for each in said:
        if each.at >= first and (doc := find_item(rows, each.item.id)) is not None and theme in doc.alerts:
            counts[_week(each.at), each.yes] += 1
    return [Verdicts(week, counts[week, True], counts[week, False]) for week in range(first, this + 1, WEEK)]


def _one(bench: Workbench, index: Database, name: str, days: Mapping[str, Sequence[Day]]) -> dict[str, Any]:
    theme = next((each for each in bench.themes() if each.id == name), None)
    if theme is None:
        raise RequestRefused(404, "There is no such theme. It may have been removed.")
    mine: OwnTheme | None = next((each for each in bench.own.own() if each.id == name), None)
    said = bench.own.said(name)
    jobs = {kind: bench.own.job(kind, name) for kind in KINDS}
    preview = jobs["preview"]
    return {
        "theme": theme,
        "mine": mine,
        "standing": "" if mine is None else sentence(bench.own.status(mine)),
        "groups": grouped(mine.checks) if mine else [],
        "days": days[name],
        "weeks": verdicts(said, index, name, bench.clock()),
        "examples": [each for each in said if each.yes][:SHOWN],
        "others": [each for each in said if not each.yes][:SHOWN],
        "of": sum(each.yes for each in said),
        "not_of": sum(not each.yes for each in said),
        "asking": sorted(each.id for each in read_subscriptions(bench.stream).values() if name in each.themes),
        "jobs": [job for job in jobs.values() if job],
        "running": any(job.running for job in jobs.values() if job),
        "previewed": preview.result if preview else None,
    }


def _days(bench: Workbench, index: Database) -> dict[str, list[Day]]:
    """The alerts of each theme by day, the oldest first."""
    today = bench.clock() // DAY
    first = today - DAYS + 1
    counts = {(theme, day): n for theme, day, n in index.read(_BY_DAY, (DAY, number_at(first * DAY)))}
    return {
        theme.id: [Day(counts.get((theme.id, day), 0)) for day in range(first, today + 1)] for theme in bench.themes()
    }


def _week(at: int) -> int:
    """The Monday (ms, UTC) on or before a moment."""
    return at // DAY * DAY - utc(at).weekday() * DAY
