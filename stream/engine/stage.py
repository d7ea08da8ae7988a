"""A stage decides, for one partition, what its events come to.

    decide(tables, events, now) -> Effects(outputs, changes, requests)

A decision is pure. It reads the rows of its partition and the global tables through `Tables`, and says what is to be
appended, what is to be remembered and what is to be performed; the worker (`stream.engine.worker`) makes it so.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from stream.engine.tables import Tables
from stream.log.records import Change, Out, Record, Tick

__all__ = ["Effects", "Event", "Longest", "Request", "Result", "Stage"]


class Request(msgspec.Struct, frozen=True):
    """Something to be performed outside; `id` names one attempt, `kind` who performs it."""

    id: str
    kind: str
    body: bytes = b""


class Result(msgspec.Struct, frozen=True):
    """What a request came to; a failure is an answer, too."""

    request: Request
    answer: bytes


Event = Record | Result | Tick
# By table, of a row how far ahead (ms) its timer may lie; None for any time, as in a table that is not named.
Longest = Mapping[str, Callable[[bytes], int | None]]


class Effects(msgspec.Struct, frozen=True):
    """All that a decision comes to; `facts` are counts for the hooks, of what no record tells."""

    outputs: Sequence[Out] = ()
    changes: Sequence[Change] = ()
    requests: Sequence[Request] = ()
    facts: Mapping[str, int] = msgspec.field(default_factory=dict)

    def then(self, later: "Effects") -> "Effects":
        """These and those of a decision that was made on top of them."""
        if not (self.outputs or self.changes or self.requests or self.facts):
            return later
        changes = {(c.table, c.key): c for c in (*self.changes, *later.changes)}
        facts = Counter(self.facts)
        facts.update(later.facts)
        return Effects(
            [*self.outputs, *later.outputs], list(changes.values()), [*self.requests, *later.requests], facts
        )


class Stage(Protocol):
    """A named decision with the topics that it reads; `views` are the global tables that it asks for."""

    @property
    def name(self) -> str:
        """Names the consumer group and the tables."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """Co-partitioned topics, read as one consumer group."""
        ...

    @property
    def views(self) -> tuple[str, ...]:
        """Compacted topics that are read in full."""
        ...

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """What these events of one partition come to; pure."""
        ...
