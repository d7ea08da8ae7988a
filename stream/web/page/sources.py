"""The view of sources: each feed with its state, those that need somebody first, and one of them by itself."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stream.index.queries import Wanted, find_items
from stream.index.rows import ACTIVITY, Activity, Day
from stream.records import Feed, Poll, decode
from stream.sqlite.database import Database
from stream.units import DAY
from stream.web.access import RequestRefused
from stream.web.page.query import address
from stream.web.page.workbench import Workbench

__all__ = ["sources_view"]

STATES = ("failing", "gone", "silent", "paused", "new", "healthy")  # in the order in which somebody wants to see them
TROUBLE = ("failing", "gone", "silent")
DAYS = 14
_ROWS = """
SELECT feed.value, poll.value, activity.value FROM row AS feed
LEFT JOIN row AS poll ON poll.name = 'polls' AND poll.key = feed.key
LEFT JOIN row AS activity ON activity.name = 'activity' AND activity.key = feed.key
WHERE feed.name = 'feeds'
"""


@dataclass(frozen=True)
class Source:
    """A feed as the view shows it; `days` are its items of the last two weeks, the oldest day first."""

    feed: Feed
    poll: Poll | None
    activity: Activity
    today: int

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return "paused" if self.feed.paused else (self.poll.state if self.poll else "new")

    @property
    def title(self) -> str:
        """Its own, or what people call it, or its address."""
        return self.feed.title or (self.poll.title if self.poll else "") or self.feed.url

    @property
    def days(self) -> list[Day]:
        """By day."""
        return [self.activity.days.get(day, Day()) for day in range(self.today - DAYS + 1, self.today + 1)]

    @property
    def sentence(self) -> str:
        """What there is to know of it, in words."""
        poll = self.poll
        if poll is None:
            return "Not polled yet."
        if poll.error:
            return f"{poll.error.message[:1].upper()}{poll.error.message[1:]}"
        if poll.held:
            return f"{poll.held} old items are held back."
        return (
            "Not changed." if poll.outcome == "not_modified" else f"{poll.new} new of {poll.document_entries} entries."
        )


def sources_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    today = bench.clock() // DAY
    every = [
        Source(
            decode(feed, Feed),
            decode(poll, Poll) if poll else None,
            ACTIVITY.read(activity) if activity else Activity(),
            today,
        )
        for feed, poll, activity in index.read(_ROWS)
    ]
    if name := query.get("feed", ""):
        found = next((each for each in every if each.feed.id == name), None)
        if found is None:
            raise RequestRefused(404, "There is no such source.")
        return "source.html", {"source": found, "items": find_items(index, Wanted(feed=name, limit=30)).docs}
    every.sort(key=lambda each: (STATES.index(each.state), each.title.casefold()))
    return "sources.html", {
        "sources": [each for each in every if _asked(each, query)],
        "states": Counter(each.state for each in every),
        "trouble": sum(each.state in TROUBLE for each in every),
        "query": query,
        "to": lambda **changed: address("/sources", query, **changed),
    }


def _asked(source: Source, query: Mapping[str, str]) -> bool:
    words, state = query.get("q", "").casefold().split(), query.get("state", "")
    text = f"{source.title} {source.feed.url}".casefold()
    return all(word in text for word in words) and (
        not state or source.state == state or (state == "trouble" and source.state in TROUBLE)
    )
