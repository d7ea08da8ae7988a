"""What an alert, an event and digests cost where there are many subscriptions."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stream.engine.derived import Kept
from stream.engine.stage import Event
from stream.engine.tables import Tables
from stream.log.port import Work
from stream.log.records import Record
from stream.log.topics import Topic
from stream.matching.stage import MatchStage
from stream.records import Alert, Destination, HealthEvent, Source, Subscription, encode
from stream.sqlite import SqliteLog
from stream.sqlite.session import SqliteSession
from stream.units import DAY

__all__ = ["ROWS"]

THEMES = tuple(f"theme{n}" for n in range(50))
DECIDED = 20
NOON = 1_770_000_000_000 // DAY * DAY + DAY // 2


class _Match:
    """The stage on an embedded stream."""

    def __init__(self, folder: str, subscriptions: int, **of: object) -> None:
        self.log = SqliteLog(Path(folder) / "stream.db")
        self.log.ensure([Topic("in", 1, "delete", DAY, "k", ""), Topic("outbox", 1, "delete", DAY, "k", "")])
        self.session: SqliteSession = self.log.session("match", ["in"])
        while not self.session.owned():
            self.session.poll(0)
        self.stage = MatchStage(THEMES)
        made = (_subscription(n, **of) for n in range(subscriptions))
        self.views = {"subscriptions": {each.id: encode(each) for each in made}}
        self.kept, self.kept_views = Kept(), Kept()

    def __call__(self, *events: Event, now: int = NOON) -> None:
        tables = Tables(self.session.tables(0), self.views, (), self.kept, self.kept_views)
        effects = self.stage.decide(tables, events, now)
        self.session.commit([Work(0, self.session.owned()[0], {}, effects.outputs, effects.changes)])
        self.kept.committed(effects.changes)

    def close(self) -> None:
        self.session.close()
        self.log.close()


def _subscription(number: int, **of: object) -> Subscription:
    channel = Destination("webhook", f"https://h{number}.example/")
    given = {"themes": (THEMES[number % len(THEMES)],), "words": ("nothing of the kind",), **of}
    return Subscription(id=f"s{number}", revision=1, threshold=0.5, channel=channel, **given)


def _alert(number: int) -> Record:
    alert = Alert(
        id=f"a{number}", seq=0, kind="new", theme=THEMES[0], story=f"a{number}", title="A title", summary="A text",
        url="https://s.example/", lang="en", sources=(Source("S", "https://s.example/", "i"),), independent=1,
        probability=0.9, reasons=(), model="m", rule="", published=NOON, date_quality="trusted", first_seen=NOON,
        tagged_at=NOON, alerted_at=NOON,
    )  # fmt: skip
    return Record("alerts.x", 0, number, alert.id, encode(alert))


def _event(number: int) -> Record:
    event = HealthEvent(subject=f"feeds/{number}", kind="feed silent", message="m", at=number)
    return Record("events", 0, number, event.subject, encode(event))


def _each(subscriptions: int, made: Callable[[int], Record]) -> float:
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        match = _Match(folder, subscriptions)
        match(made(0))
        began = time.process_time()
        for number in range(1, DECIDED + 1):
            match(made(number))
        took = time.process_time() - began
        match.close()
    return took / DECIDED


def digests(count: int) -> float:
    """The seconds of all of them, of one alert each, that are due at one moment."""
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        match = _Match(folder, count, themes=THEMES[:1], words=(), digest=("08:00",))
        match(_alert(0))
        due = match.session.tables(0).next_due() or 0
        began = time.process_time()
        while ticks := match.session.tables(0).due(due, 500):
            match(*ticks, now=due)
        took = time.process_time() - began
        match.close()
    return took


ROWS = (
    ("alert", (100, 1_000, 10_000), lambda count: _each(count, _alert)),
    ("event nobody asked for", (100, 1_000, 10_000), lambda count: _each(count, _event)),
    ("digests", (300, 1_000, 3_000), digests),
)
