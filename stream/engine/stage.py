"""The heart's words: a stage decides, for one partition, what its events come to.

    decide(tables, events, now) -> Effects(outputs, changes, requests)

A decision is pure. It reads the rows of its partition and the global tables through `Tables`, and says what is to be
appended, what is to be remembered and what is to be performed; the worker (`stream.engine.worker`) makes it so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stream.log.records import Change, Out, Record, Rows, Tick

__all__ = ["Effects", "Event", "Request", "Result", "Stage", "Tables"]


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be performed outside; `id` names one attempt, `kind` who performs it."""

    id: str
    kind: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Result:
    """What a request came to; a failure is an answer, too."""

    request: Request
    answer: bytes


Event = Record | Result | Tick


@dataclass(frozen=True, slots=True)
class Effects:
    """All that a decision comes to; `facts` are counts for the hooks, of what no record tells."""

    outputs: Sequence[Out] = ()
    changes: Sequence[Change] = ()
    requests: Sequence[Request] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    def then(self, later: "Effects") -> "Effects":
        """These and those of a decision that was made on top of them."""
        changes = {(c.table, c.key): c for c in (*self.changes, *later.changes)}
        facts = Counter(self.facts)
        facts.update(later.facts)
        return Effects(
            [*self.outputs, *later.outputs], list(changes.values()), [*self.requests, *later.requests], facts
        )


class Tables:
    """What a decision reads: committed rows, its own changes over them, and the global tables."""

    def __init__(self, rows: Rows, views: Mapping[str, Mapping[str, bytes]] | None = None) -> None:
        self._rows = rows
        self._views = views or {}
        self._changes: dict[tuple[str, str], Change] = {}

    def get(self, table: str, key: str) -> bytes | None:
        """The row as this batch has left it."""
        change = self._changes.get((table, key))
        return change.value if change else self._rows.get(table, key)

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table as this batch has left it, in order of keys."""
        own = {key: c.value for (name, key), c in self._changes.items() if name == table}
        merged = {**dict(self._rows.items(table)), **own}
        return ((key, value) for key, value in sorted(merged.items()) if value is not None)

    def put(self, table: str, key: str, value: bytes, due: int | None = None) -> None:
        """Writes a row; without `due` its timer is disarmed."""
        self._changes[table, key] = Change(table, key, value, due)

    def delete(self, table: str, key: str) -> None:
        """Deletes a row and its timer."""
        self._changes[table, key] = Change(table, key, None)

    def view(self, topic: str) -> Mapping[str, bytes]:
        """A global table: the latest value by key of a compacted topic, as it stood before this batch."""
        return self._views[topic]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes so far: the last one of each row."""
        return tuple(self._changes.values())

    def over(self) -> "Tables":
        """A further overlay, for a trial whose changes may be thrown away."""
        trial = Tables(self._rows, self._views)
        trial._changes = dict(self._changes)
        return trial


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
