"""The view of sources: each feed with its state, those that need somebody first, and one of them by itself.

Which feeds there are is what is wished for as of now, so that one who has just added one finds it there; the index says
how they are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, NamedTuple

from stream.index.feed_states import FeedState, feed_states
from stream.index.queries import Wanted, find_items
from stream.index.rows import ACTIVITY, Activity, Day
from stream.index.session import IndexRows
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


class _Listed(NamedTuple):
    place: tuple[int, str, str]  # by its state, then by its title, and by its id, which is its own
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
        if poll.hub_error:
            found.append(f"Its hub {poll.hub} does not push what is new: {poll.hub_error}")
        elif poll.pushed_until:
            found.append(f"Its hub {poll.hub} pushes what is new.")
        return [*found, *poll.warnings]


def sources_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    if name := query.get("feed", ""):
        return _one(bench, index, name)
    now, rows = bench.clock(), IndexRows(index)
    states = feed_states(index)
    every = [_listed(feed, states.get(name, FeedState())) for name, feed in _feeds(bench, rows).items()]
    after = place_of(query["after"], tuple[int, str, str]) if query.get("after") else None
    asked = (each for each in _asked(every, query) if after is None or each.place > after)
    found = nsmallest(AT_ONCE + 1, asked)  # of ten thousand no more is put in order
    return "sources.html", {
        "sources": [_source(each, rows, now) for each in found[:AT_ONCE]],
        "more": cursor_of(found[AT_ONCE - 1].place) if len(found) > AT_ONCE else "",
        "states": Counter(each.state for each in every),
        "trouble": sum(each.state in TROUBLE for each in every),
        "query": query,
        "to": lambda **changed: address("/sources", {k: v for k, v in query.items() if k != "after"}, **changed),
    }


def _one(bench: Workbench, index: Database, name: str) -> tuple[str, dict[str, Any]]:
    rows = IndexRows(index)
    if (feed := _feeds(bench, rows).get(name)) is None:
        raise RequestRefused(404, "There is no such source.")
    listed = _listed(feed, feed_states(index, name).get(name, FeedState()))
    return "source.html", {
        "source": _source(listed, rows, bench.clock()),
        "page": find_items(index, Wanted(feed=name, limit=ITEMS)),
    }


def _feeds(bench: Workbench, rows: IndexRows) -> Mapping[str, Feed]:
    """All feeds as of now, or as the index knows them where the stream is out of reach."""
    try:
        return bench.feeds.all()
    except LogError:
        return {name: decode(value, Feed) for name, value in rows.items("feeds")}


def _source(listed: _Listed, rows: IndexRows, now: int) -> Source:
    poll, activity = rows.get("polls", listed.feed.id), rows.get(ACTIVITY.name, listed.feed.id)
    return Source(
        listed.feed,
        listed.state,
        listed.title,
        decode(poll, Poll) if poll else None,
        ACTIVITY.read(activity) if activity else Activity(),
        now,
    )


def _listed(feed: Feed, last: FeedState) -> _Listed:
    state, title = feed.state(last.last), feed.title or last.title or feed.url
    return _Listed((STATES.index(state), title.casefold(), feed.id), feed, state, title)


def _asked(every: Iterable[_Listed], query: Mapping[str, str]) -> Iterator[_Listed]:
    """Those of a state whose titles or addresses have all words that are looked for."""
    words, state = query.get("q", "").casefold().split(), query.get("state", "")
    states = TROUBLE if state == "trouble" else (state,) if state else STATES
    for each in every:
        if each.state in states and (not words or _has(each, words)):
            yield each


def _has(listed: _Listed, words: Sequence[str]) -> bool:
    text = f"{listed.title} {listed.feed.url}".casefold()
    return all(word in text for word in words)
