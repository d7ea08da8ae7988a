"""The view of sources: each feed with its state, those that need somebody first, and one of them by itself.

Which feeds there are is what is wished for as of now, so that one who has just added one finds it there; the index says
how they are.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from stream.index.queries import Wanted, find_items
from stream.index.rows import ACTIVITY, Activity, Day
from stream.index.session import IndexRows
from stream.log.port import LogError
from stream.records import Feed, Poll, decode
from stream.sqlite.database import Database
from stream.units import DAY, SECOND, show_span
from stream.web.access import RequestRefused
from stream.web.page.badges import TROUBLE
from stream.web.page.query import address, number_of
from stream.web.page.wording import plural
from stream.web.page.workbench import Workbench

__all__ = ["sources_view"]

# In the order in which somebody wants to see them.
STATES = ("failing", "gone", "silent", "paused", "unverified", "new", "healthy")
DAYS = 14
AT_ONCE = 100  # rows of the list
ITEMS = 30  # of one source


class _Last(msgspec.Struct, frozen=True):
    """What the order of the list hangs on: of ten thousand polls no more is read."""

    state: str = ""
    title: str = ""


_LAST = msgspec.json.Decoder(_Last)


class _Listed(NamedTuple):
    feed: Feed
    state: str
    title: str


@dataclass(frozen=True)
class Source:
    """A feed as the view shows it: its state, one of `STATES`, and its title, which is its own, or what people call it,
    or its address; `days` are its items of the last two weeks, the oldest day first."""

    feed: Feed
    state: str
    title: str
    poll: Poll | None
    activity: Activity
    now: int

    @property
    def days(self) -> list[Day]:
        """By day."""
        today = self.now // DAY
        return [self.activity.days.get(day, Day()) for day in range(today - DAYS + 1, today + 1)]

    @property
    def sentence(self) -> str:
        """What there is to know of it first, in words."""
        poll = self.poll
        if poll is None:
            return "Not polled yet."
        if poll.error:
            often = f" ({poll.failures} times in a row)" if poll.failures > 1 else ""
            return f"{poll.error.message[:1].upper()}{poll.error.message[1:]}{often}."
        if self.state == "silent" and poll.last_item:
            usual = f"; it used to bring something every {show_span(poll.item_interval)}" if poll.item_interval else ""
            return f"Nothing new for {show_span((self.now - poll.last_item) / SECOND)}{usual}."
        if poll.held:
            return f"{plural(poll.held, 'old item')} held back."
        if poll.outcome == "not_modified":
            return "Not changed."
        return f"{poll.new} new of {plural(poll.document_entries, 'entry', 'entries')}."

    @property
    def notes(self) -> list[str]:
        """What else is worth knowing, each a sentence."""
        poll, found = self.poll, list[str]()
        if poll is None:
            return found
        if poll.moved_to:
            found.append(f"It has moved, and is polled at {poll.moved_to}.")
        if poll.gap:
            found.append("Some items may have been missed between its last two polls.")
        if poll.article_error:
            asked = poll.articles_read + poll.articles_failed
            article = plural(asked, "article")
            found.append(f"{poll.articles_failed} of {article} could not be read: {poll.article_error.message}")
        return [*found, *poll.warnings]


def sources_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    if name := query.get("feed", ""):
        return _one(bench, index, name)
    now, rows = bench.clock(), IndexRows(index)
    feeds, polls = _feeds(bench, rows), dict(rows.items("polls"))
    every = [_listed(feed, polls.get(feed.id)) for feed in feeds.values()]
    every.sort(key=lambda each: (STATES.index(each.state), each.title.casefold(), each.feed.id))
    asked, after = [each for each in every if _asked(each, query)], number_of(query.get("after", ""))
    return "sources.html", {
        "sources": [_source(each, polls.get(each.feed.id), rows, now) for each in asked[after : after + AT_ONCE]],
        "more": after + AT_ONCE if len(asked) > after + AT_ONCE else 0,
        "states": Counter(each.state for each in every),
        "trouble": sum(each.state in TROUBLE for each in every),
        "query": query,
        "to": lambda **changed: address("/sources", {k: v for k, v in query.items() if k != "after"}, **changed),
    }


def _one(bench: Workbench, index: Database, name: str) -> tuple[str, dict[str, Any]]:
    rows = IndexRows(index)
    if (feed := _feeds(bench, rows).get(name)) is None:
        raise RequestRefused(404, "There is no such source.")
    poll = rows.get("polls", name)
    return "source.html", {
        "source": _source(_listed(feed, poll), poll, rows, bench.clock()),
        "page": find_items(index, Wanted(feed=name, limit=ITEMS)),
    }


def _feeds(bench: Workbench, rows: IndexRows) -> Mapping[str, Feed]:
    """All feeds as of now, or as the index knows them where the stream is out of reach."""
    try:
        return bench.feeds.all()
    except LogError:
        return {name: decode(value, Feed) for name, value in rows.items("feeds")}


def _source(listed: _Listed, poll: bytes | None, rows: IndexRows, now: int) -> Source:
    activity = rows.get(ACTIVITY.name, listed.feed.id)
    return Source(
        *listed, decode(poll, Poll) if poll else None, ACTIVITY.read(activity) if activity else Activity(), now
    )


def _listed(feed: Feed, poll: bytes | None) -> _Listed:
    last = _LAST.decode(poll) if poll else _Last()
    return _Listed(feed, feed.state(last.state), feed.title or last.title or feed.url)


def _asked(source: _Listed, query: Mapping[str, str]) -> bool:
    words, state = query.get("q", "").casefold().split(), query.get("state", "")
    text = f"{source.title} {source.feed.url}".casefold()
    return all(word in text for word in words) and (
        not state or source.state == state or (state == "trouble" and source.state in TROUBLE)
    )
