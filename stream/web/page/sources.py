"""The view of sources: each feed with its state, those that need somebody first, and one of them by itself.

Which feeds there are is what is wished for as of now, so that one who has just added one finds it there; the index says
how they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.index.feed_list import Changed, FeedRow, FeedsWanted, find_feeds, heard_of_feeds
from stream.index.queries import Wanted, find_items
from stream.index.rows import ACTIVITY, Activity, Day
from stream.index.session import IndexRows
from stream.log import topics
from stream.log.port import LogError
from stream.records import Feed, Poll, decode
from stream.sqlite.database import Database
from stream.units import DAY, SECOND, show_span
from stream.web.access import RequestRefused
from stream.web.page.badges import TROUBLE
from stream.web.page.query import address
from stream.web.page.wording import plural
from stream.web.page.workbench import Workbench
from stream.web.paging import cursor_of, place_of

__all__ = ["sources_view"]

# In the order in which somebody wants to see them.
STATES = ("failing", "gone", "silent", "paused", "unverified", "new", "healthy")
DAYS = 14
AT_ONCE = 50  # rows of the list
ITEMS = 30  # of one source


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
        if poll.hub_error:
            found.append(f"Its hub {poll.hub} does not push what is new: {poll.hub_error}")
        elif poll.pushed_until:
            found.append(f"Its hub {poll.hub} pushes what is new.")
        return [*found, *poll.warnings]


def sources_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    changed = _changed(bench, index)
    if name := query.get("feed", ""):
        return _one(bench, index, name, changed)
    wanted = FeedsWanted(
        _states(query.get("state", "")),
        query.get("q", "").split(),
        place_of(query["after"], FeedRow) if query.get("after") else None,
        AT_ONCE + 1,
        changed,
    )
    found, states = find_feeds(index, wanted)
    sources = [_source(IndexRows(index), row.id, changed, bench.clock()) for row in found[:AT_ONCE]]
    return "sources.html", {
        "sources": [each for each in sources if each],
        "more": cursor_of(found[AT_ONCE - 1]) if len(found) > AT_ONCE else "",
        "states": states,
        "trouble": sum(states[each] for each in TROUBLE),
        "query": query,
        "to": lambda **changed: address("/sources", {k: v for k, v in query.items() if k != "after"}, **changed),
    }


def _one(bench: Workbench, index: Database, name: str, changed: Changed) -> tuple[str, dict[str, Any]]:
    if (source := _source(IndexRows(index), name, changed, bench.clock())) is None:
        raise RequestRefused(404, "There is no such source.")
    return "source.html", {"source": source, "page": find_items(index, Wanted(feed=name, limit=ITEMS))}


def _changed(bench: Workbench, index: Database) -> Changed:
    """What is wished for since the index last heard of it, as far as the stream is in reach."""
    try:
        return bench.feeds.since(heard_of_feeds(index))
    except LogError:
        return {}


def _states(asked: str) -> tuple[str, ...]:
    return TROUBLE if asked == "trouble" else (asked,) if asked else STATES


def _source(rows: IndexRows, name: str, changed: Changed, now: int) -> Source | None:
    wish, last, activity = (rows.get(table, name) for table in (topics.FEEDS, topics.POLLS, ACTIVITY.name))
    feed = changed[name] if name in changed else decode(wish, Feed) if wish else None
    if feed is None:
        return None
    poll = decode(last, Poll) if last else None
    state, title = (poll.state, poll.title) if poll else ("", "")
    return Source(
        feed,
        feed.state(state),
        feed.title or title or feed.url,
        poll,
        ACTIVITY.read(activity) if activity else Activity(),
        now,
    )
