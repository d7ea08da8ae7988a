"""What a log holds: records of topics, and the rows of stages' tables with their timers."""

from collections.abc import Iterator
from typing import Protocol

import msgspec

__all__ = ["Change", "Out", "Record", "Rows", "Tick"]


class Record(msgspec.Struct, frozen=True):
    """One record of an input topic; `value` is None for a tombstone, `timestamp` its append time in ms."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    timestamp: int = 0


class Out(msgspec.Struct, frozen=True):
    """A record to append; the key decides the partition, and no value is a tombstone."""

    topic: str
    key: str
    value: bytes | None


class Change(msgspec.Struct, frozen=True):
    """A row to write, or to delete when `value` is None; `due` (ms) arms its timer."""

    table: str
    key: str
    value: bytes | None
    due: int | None = None


class Tick(msgspec.Struct, frozen=True):
    """One row of a table whose time has come (`due`, ms)."""

    table: str
    key: str
    due: int


class Rows(Protocol):
    """The committed rows of one partition of one stage."""

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        ...

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys; of those that begin so, which costs what these are."""
        ...

    def due(self, now: int, limit: int) -> list[Tick]:
        """The rows whose time has come, earliest first."""
        ...

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        """Every armed row of a table, with its value; of this table only, since others may have very many."""
        ...

    def next_due(self) -> int | None:
        """The earliest due time (ms) of all rows, or None."""
        ...
