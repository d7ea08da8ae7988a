"""Timers are set right in the tables that have a limit, and no other table is looked at: one may hold very many."""

from collections.abc import Iterator

from stream.engine.batch import REQUESTS, RETRY_AFTER
from stream.engine.timers import every_armed, set_right
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Tick

NOW = 1_000


class Looked(InMemoryRows):
    """Rows that remember which tables were asked for armed ones."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        self.asked.append(table)
        return super().armed(table)

    def due(self, now: int, limit: int) -> list[Tick]:
        raise AssertionError("all armed rows of all tables were listed")


def test_only_tables_with_a_limit_are_looked_at():
    rows = Looked()
    far = NOW + RETRY_AFTER + 1
    rows.apply([Change("items", f"{n}", b"", far + n) for n in range(10)])
    rows.apply([Change("open", "near", b"", NOW + 10), Change("open", "far", b"x", NOW + 11)])
    rows.apply([Change("open", "never", b"")])
    rows.apply([Change(REQUESTS, "a", b"r", far), Change(REQUESTS, "b", b"r")])
    changes = set_right(rows, {"open": lambda _: 10}, NOW)
    assert changes == [Change("open", "far", b"x", NOW + 10), Change(REQUESTS, "a", b"r", NOW + RETRY_AFTER)]
    assert sorted(rows.asked) == ["open", REQUESTS]


def test_a_limit_may_depend_on_the_row_and_may_be_none():
    rows = InMemoryRows()
    rows.apply([Change("t", "never", b"", NOW + 10**9), Change("t", "soon", b"5", NOW + 10**9)])
    changes = set_right(rows, {"t": lambda row: int(row) if row else None}, NOW)
    assert changes == [Change("t", "soon", b"5", NOW + 5)]
    assert len(every_armed(rows)) == 2
