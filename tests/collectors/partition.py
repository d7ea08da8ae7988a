"""One partition of the collect stage, for tests: its rows, and what the worker does for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from collectors.deciding.documents import DocumentRules
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.feed.interval import PollIntervals
from collectors.deciding.feed.state import FeedState
from collectors.parsing.parsed import Entry, Parsed
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult, Unchanged
from collectors.stage import CollectStage
from stream.engine.stage import Effects, Event, Request, Result
from stream.engine.tables import Tables
from stream.log.records import Out, Record, Tick
from stream.records import Feed, HealthEvent, Item, Poll, decode, encode
from stream.units import DAY

NOW = 1_715_000_000_000
FEED = Feed(id="f", url="https://feeds.example/feed")
STAGE = CollectStage(
    PollIntervals(600, 60, 3600), DocumentRules(FloodLimits(7 * DAY, 100)), silent_after=86_400, full_every=30 * 86_400
)


@dataclass
class Partition:
    """The rows of one partition, and the worker's part in a decision."""

    stage: CollectStage = STAGE
    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)
    due: dict[tuple[str, str], int] = field(default_factory=dict)
    hosts: dict[str, bytes] = field(default_factory=dict)
    now: int = NOW

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        found = ((key, row) for (name, key), row in self.rows.items() if name == table)
        return iter(sorted((key, row) for key, row in found if key.startswith(prefix)))

    def next_due(self) -> int | None:
        return min(self.due.values(), default=None)

    def decide(self, *events: Event) -> Effects:
        effects = self.stage.decide(Tables(self, {"hosts": self.hosts}), events, self.now)
        for out in effects.outputs:
            if out.topic == "hosts":
                self.hosts.pop(out.key, None)
                self.hosts |= {out.key: out.value} if out.value else {}
        for change in effects.changes:
            place = (change.table, change.key)
            self.rows.pop(place, None)
            self.due.pop(place, None)
            if change.value is not None:
                self.rows[place] = change.value
                if change.due is not None:
                    self.due[place] = change.due
        return effects

    def update(self, feed: Feed | None, key: str = "f") -> "PollRecords":
        return PollRecords(
            self.decide(Record("feeds", 0, 0, key, None if feed is None else encode(feed), self.now)).outputs
        )

    def request(self, key: str = "f") -> Request:
        """The one request when the feed is due."""
        due = self.due["feeds", key]
        self.now = max(self.now, due)
        (request,) = self.decide(Tick("feeds", key, due)).requests
        assert ("feeds", key) not in self.due
        return request

    def poll(self, answer: PollResult) -> "PollRecords":
        return PollRecords(self.decide(Result(self.request(), msgspec.msgpack.encode(answer))).outputs)

    @property
    def state(self) -> FeedState:
        return msgspec.json.decode(self.rows["feeds", "f"], type=FeedState)

    @property
    def wait(self) -> int:
        """From now to the next poll."""
        return self.due["feeds", "f"] - self.now


@dataclass
class PollRecords:
    """The records of a poll."""

    outputs: Sequence[Out]

    def of(self, topic: str) -> list[Out]:
        return [out for out in self.outputs if out.topic == topic]

    @property
    def poll(self) -> Poll:
        (out,) = self.of("polls")
        poll = decode(out.value, Poll)
        assert poll.entries == poll.new + poll.revised + poll.seen + poll.held_back + poll.refused
        return poll

    @property
    def items(self) -> list[Item]:
        return [decode(out.value, Item) for out in self.of("items")]

    @property
    def events(self) -> list[str]:
        return [decode(out.value, HealthEvent).kind for out in self.of("events")]


def entry(n: int, title: str = "") -> Entry:
    return Entry(f"urn:{n}", f"https://example.com/{n}", title or f"Title {n}", "S", "", NOW - n, "en")


def document(*entries: Entry, etag: str = '"1"', body_hash: str = "h1", title: str = "Feed") -> Document:
    return Document(etag, "Mon", body_hash, "", Parsed(title, "en", "", entries), 0.25, received=1234)


def failed(kind: str = "timeout", retry_after: float = 0.0) -> PollFailed:
    return PollFailed(kind, "because of this", retry_after, 1.0)


def aged(n: int, days: float) -> Entry:
    """An entry whose date is so many days before the test's beginning."""
    return Entry(f"urn:{n}", f"https://example.com/{n}", f"T {n}", "S" * 400, f"{n}", int(NOW - days * DAY), "en")


def next_request(partition: Partition) -> PollRequest:
    return msgspec.msgpack.decode(partition.request().body, type=PollRequest)


NOT_MODIFIED = Unchanged("", "", True, 0.1)
SAME_BODY = Unchanged('"2"', "Tue", False, 0.1)
