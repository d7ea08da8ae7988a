"""The view of alerts: what happened, the newest first, and one of them opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.delivering.feedback import item_of
from stream.index.feed_states import count_feeds
from stream.index.queries import count_items, find_alerts, languages, sources
from stream.index.rows import ALERTS, AlertDoc
from stream.index.session import IndexRows
from stream.index.stage import find_item
from stream.log import topics
from stream.records import Mute, Opinion, decode
from stream.sqlite.database import Database
from stream.units import HOUR, MINUTE
from stream.web.access import RequestRefused
from stream.web.page.changes import version_of
from stream.web.page.freshness import troubles
from stream.web.page.query import address, wanted_of
from stream.web.page.workbench import Workbench

__all__ = ["alerts_view"]

LATE = 10 * MINUTE  # of a poll whose time has come
FILTERS = ("theme", "lang", "source", "since", "until", "q")


@dataclass(frozen=True)
class Watching:
    """Whether silence can be trusted: feeds that are polled, those in trouble and those `late`, and the last hour."""

    feeds: int
    trouble: int
    late: int
    seen: int
    of_a_theme: int

    @property
    def good(self) -> bool:
        """Whether what happens would be seen."""
        return bool(self.feeds) and self.late * 2 < self.feeds


@dataclass(frozen=True)
class Opened:
    """An alert with its course, whose word there is on its theme, and whether it is muted."""

    doc: AlertDoc
    opinions: tuple[Opinion, ...]
    mute: Mute | None


def alerts_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    as_of = version_of(index)  # before all else: what comes meanwhile is asked for again
    page, rows = find_alerts(index, wanted_of(query)), IndexRows(index)
    filtered = any(query.get(name) for name in FILTERS)
    return "alerts.html", {
        "as_of": as_of,
        "page": page,
        "opened": _opened(rows, query.get("open", ""), page.docs[0] if page.docs else None),
        "muted": {doc.alert.id for doc in page.docs if rows.get(topics.MUTES, doc.alert.id)},
        "query": query,
        "filtered": filtered,
        "troubles": [] if page.docs or filtered else troubles(bench),
        "to": lambda **changed: address("/", query, **changed),
        "languages": languages(index, "alert"),
        "sources": sources(index, "alert"),
        "watching": _watching(bench, index),
    }


def _opened(rows: IndexRows, name: str, first: AlertDoc | None) -> Opened | None:
    doc = first
    if name:
        if (row := rows.get(ALERTS.name, name)) is None:
            raise RequestRefused(404, "There is no such alert. It may be older than what is kept.")
        doc = ALERTS.read(row)
    if doc is None:
        return None
    alert, item = doc.alert, find_item(rows, item_of(doc.alert))
    opinions = tuple(each for each in item.opinions if each.theme == alert.theme) if item else ()
    muted = rows.get(topics.MUTES, alert.id)
    return Opened(doc, opinions, decode(muted, Mute) if muted else None)


def _watching(bench: Workbench, index: Database) -> Watching:
    now = bench.clock()
    states, late = count_feeds(index, now - LATE)
    hour = count_items(index, now - HOUR)
    return Watching(
        feeds=states.total() - states["paused"],
        trouble=states["failing"] + states["gone"],
        late=late,
        seen=sum(hour.values()),
        of_a_theme=hour.get("tagged", 0),
    )
