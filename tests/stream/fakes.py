"""Fakes of the stream's edges: hooks that remember, a clock that is set, and a stage made of a function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stream.engine.stage import Effects, Event, Request
from stream.engine.tables import Tables
from stream.log.port import Work
from stream.log.records import Out, Rows

Decide = Callable[[Tables, Event, int], tuple[Sequence[Out], Sequence[Request]]]


@dataclass
class RecordingHooks:
    """What was committed, and how often a commit was refused; which partitions were owned, one share after another."""

    commits: list[tuple[list[Event], list[Out]]] = field(default_factory=list)
    together: list[int] = field(default_factory=list)  # partitions in each commit
    shares: list[list[int]] = field(default_factory=list)
    fences: int = 0
    jumps: int = 0
    aborts: int = 0
    seen: int = 0

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> None:
        self.commits.append((list(events), list(outs)))

    def fenced(self, stage: str) -> None:
        self.fences += 1

    def owned(self, stage: str, rows: Mapping[int, Rows]) -> None:
        self.shares.append(sorted(rows))

    def landed(self, stage: str, works: Sequence[Work], seconds: float) -> None:
        self.together.append(len(works))

    def aborted(self, stage: str, times: int) -> None:
        self.aborts += times

    def jumped(self, stage: str) -> None:
        self.jumps += 1

    def stepped(self, stage: str, now: int) -> None:
        self.seen = now


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
