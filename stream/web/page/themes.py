"""The view of themes: what each is about, and how often it was in the news."""

from collections.abc import Mapping
from typing import Any

from stream.index.rows import Day
from stream.index.search import MOMENT, number_at
from stream.sqlite.database import Database
from stream.units import DAY
from stream.web.page.workbench import Workbench

__all__ = ["themes_view"]

DAYS = 14
_BY_DAY = f"SELECT theme, {MOMENT} / ?, count(*) FROM alert NOT INDEXED WHERE number >= ? GROUP BY 1, 2"


def themes_view(bench: Workbench, index: Database, _: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    today = bench.clock() // DAY
    first = today - DAYS + 1
    counts = {(theme, day): n for theme, day, n in index.read(_BY_DAY, (DAY, number_at(first * DAY)))}
    days = {
        theme.id: [Day(counts.get((theme.id, day), 0)) for day in range(first, today + 1)] for theme in bench.themes()
    }
    return "themes.html", {"days": days}
