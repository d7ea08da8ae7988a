"""A reader of one feed, for tests: it polls documents one after another, as the stage does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.entries.novelty import DecidedEntries, decide_entries
from collectors.deciding.entries.seen import SeenEntries
from collectors.parsing.parsed import Entry, Parsed
from stream.records import Feed, Item
from stream.units import MINUTE

FEED = Feed(id="f", url="https://feeds.example/feed")
START = int(datetime(2024, 5, 1, tzinfo=UTC).timestamp() * 1000)


def entry(n: int, **other: object) -> Entry:
    """The n-th entry, with what is different about it."""
    usual: dict[str, object] = {
        "guid": f"urn:{n}",
        "link": f"https://example.com/{n}",
        "title": f"Title {'abcdefghij'[n]}",
        "summary": f"Summary {'abcdefghij'[n]}",
        "published": f"day {n}",
        "published_ms": START - n * MINUTE,
    }
    return Entry(**{**usual, **other})  # type: ignore[arg-type]


@dataclass
class Reader:
    """Polls documents one after another, as the stage does."""

    rows: dict[str, bytes] = field(default_factory=dict)
    polls: int = 0
    items: list[Item] = field(default_factory=list)

    def poll(self, entries: Sequence[Entry], feed: Feed = FEED, baseline: bool = False) -> DecidedEntries:
        now = START + self.polls * MINUTE
        seen = SeenEntries(self.rows)
        limits = None if baseline else FloodLimits(10**15, 1000)
        found = decide_entries(Parsed("Feed", "en", "", tuple(entries)), feed, "Feed", seen, limits, now)
        for name, row in seen.changed_rows(now).items():
            assert row is not None
            self.rows[name] = row
        self.polls += 1
        self.items += found.items
        parts = (found.new, found.revised, found.seen, found.held_back, found.refused)
        assert found.count == len(entries) == sum(parts)
        assert len(found.items) == found.new + found.revised
        return found


def redated(n: int, poll: int, **other: object) -> Entry:
    return entry(n, published=f"poll {poll}", published_ms=START + poll, **other)


HOME = "https://example.com/"
