"""Fakes of the stream's edges: hooks that remember, a clock that is set, and a stage made of a function."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stream.stage import Change, Effects, Event, Out, Request, Tables, Tick

Decide = Callable[[Tables, Event, int], tuple[Sequence[Out], Sequence[Request]]]


@dataclass
class RecordingHooks:
    """What was committed, and how often a commit was refused."""

    commits: list[tuple[list[Event], list[Out]]] = field(default_factory=list)
    fences: int = 0

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> None:
        self.commits.append((list(events), list(outs)))

    def fenced(self, stage: str) -> None:
        self.fences += 1


@dataclass
class SetClock:
    """A clock (ms) that stands until it is set."""

    now: int = 1000

    def __call__(self) -> int:
        return self.now


@dataclass
class EachStage:
    """A stage that decides each event by itself; `batches` keeps which events were asked about together."""

    each: Decide
    name: str = "s"
    inputs: tuple[str, ...] = ("in",)
    views: tuple[str, ...] = ()
    batches: list[list[Event]] = field(default_factory=list)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        self.batches.append(list(events))
        outs: list[Out] = []
        requests: list[Request] = []
        for event in events:
            more, asked = self.each(tables, event, now)
            outs += more
            requests += asked
        return Effects(outs, tables.changes, requests)


@dataclass
class MemoryRows:
    """The rows of one partition, in memory."""

    rows: dict[tuple[str, str], Change] = field(default_factory=dict)

    def get(self, table: str, key: str) -> bytes | None:
        change = self.rows.get((table, key))
        return change.value if change else None

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        found = sorted((key, change.value) for (name, key), change in self.rows.items() if name == table)
        return ((key, value) for key, value in found if value is not None)

    def due(self, now: int, limit: int) -> list[Tick]:
        armed = sorted((c.due, c.table, c.key) for c in self.rows.values() if c.due is not None and c.due <= now)
        return [Tick(table, key, due) for due, table, key in armed[:limit]]

    def next_due(self) -> int | None:
        return min((c.due for c in self.rows.values() if c.due is not None), default=None)

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.rows.pop((change.table, change.key), None)
            if change.value is not None:
                self.rows[change.table, change.key] = change
