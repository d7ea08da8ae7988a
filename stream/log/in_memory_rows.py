"""The committed rows of one partition in memory, as in front of a changelog."""

import heapq
from collections.abc import Iterable, Iterator
from itertools import takewhile

from sortedcontainers import SortedSet

from stream.log.records import Change, Tick

__all__ = ["InMemoryRows"]


class InMemoryRows:
    """See `stream.log.records.Rows`."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, bytes]] = {}
        self._keys: dict[str, SortedSet] = {}  # of the tables of which a range was asked for
        self._due: dict[tuple[str, str], int] = {}
        self._heap: list[tuple[int, str, str]] = []  # may hold entries that `_due` no longer confirms

    def apply(self, changes: Iterable[Change]) -> None:
        """Takes over what has been committed."""
        for change in changes:
            at = (change.table, change.key)
            if (keys := self._keys.get(change.table)) is not None:
                (keys.discard if change.value is None else keys.add)(change.key)
            if change.value is None:
                self._tables.get(change.table, {}).pop(change.key, None)
            else:
                self._tables.setdefault(change.table, {})[change.key] = change.value
            if change.value is None or change.due is None:
                self._due.pop(at, None)
            elif self._due.get(at) != change.due:
                self._due[at] = change.due
                heapq.heappush(self._heap, (change.due, *at))

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        return self._tables.get(table, {}).get(key)

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys; of those that begin so only."""
        rows = self._tables.get(table, {})
        if not prefix:
            return iter(sorted(rows.items()))
        if table not in self._keys:
            self._keys[table] = SortedSet(rows)
        found = takewhile(lambda key: key.startswith(prefix), self._keys[table].irange(prefix))
        return iter([(key, rows[key]) for key in found])

    def due(self, now: int, limit: int) -> list[Tick]:
        """The rows whose time has come, earliest first."""
        found: list[tuple[int, str, str]] = []
        while len(found) < limit and (first := self._first()) and first[0] <= now:
            heapq.heappop(self._heap)
            if not found or found[-1] != first:  # a row armed twice for one time has two entries
                found.append(first)
        for entry in found:
            heapq.heappush(self._heap, entry)
        return [Tick(table, key, due) for due, table, key in found]

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        """Every armed row of a table, with its value."""
        rows = self._tables.get(table, {}).items()
        found = ((key, value, self._due.get((table, key))) for key, value in rows)
        return ((Tick(table, key, due), value) for key, value, due in found if due is not None)

    def next_due(self) -> int | None:
        """The earliest due time of all rows, or None."""
        first = self._first()
        return first[0] if first else None

    def _first(self) -> tuple[int, str, str] | None:
        """The earliest entry that still holds."""
        while self._heap:
            due, table, key = self._heap[0]
            if self._due.get((table, key)) == due:
                return self._heap[0]
            heapq.heappop(self._heap)
        return None
