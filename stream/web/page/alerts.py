"""The view of alerts: what happened, the newest first, and one of them opened."""

from collections.abc import Mapping
from typing import Any

from stream.index.queries import count_items, find_alerts, languages
from stream.index.rows import ALERTS, AlertDoc
from stream.index.session import IndexRows
from stream.sqlite.database import Database
from stream.units import HOUR
from stream.web.access import RequestRefused
from stream.web.page.query import address, wanted_of
from stream.web.page.workbench import Workbench

__all__ = ["alerts_view"]


def alerts_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    page, now = find_alerts(index, wanted_of(query)), bench.clock()
    hour = count_items(index, now - HOUR)
    feeds = index.read("SELECT count(*) FROM row WHERE name = 'feeds'")[0][0]
    return "alerts.html", {
        "page": page,
        "opened": _opened(index, query.get("open", ""), page.docs[0] if page.docs else None),
        "query": query,
        "to": lambda **changed: address("/", query, **changed),
        "languages": languages(index, "alert"),
        "feeds": feeds,
        "seen": sum(hour.values()),
        "of_a_theme": hour.get("tagged", 0),
    }


def _opened(index: Database, name: str, first: AlertDoc | None) -> AlertDoc | None:
    if not name:
        return first
    row = IndexRows(index).get(ALERTS.name, name)
    if row is None:
        raise RequestRefused(404, "There is no such alert. It may be older than what is kept.")
    return ALERTS.read(row)
