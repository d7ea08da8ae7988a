"""Reads the embedded stream without a group."""

import threading
import time
from collections.abc import Mapping, Sequence

from stream.log.records import Record
from stream.sqlite.store import Store

__all__ = ["SqliteReader"]

PAGE = 500


class SqliteReader:
    """Reads topics page by page, so that no read stays open; see `stream.log.port.Reader`."""

    def __init__(self, store: Store, topics: Sequence[str], start: Mapping[tuple[str, int], int]) -> None:
        self._store = store
        self._ends = store.ends(topics)
        self._positions = {at: start.get(at, 0) for at in self._ends}
        self._flag = threading.Event()
        store.wakes(self._flag, topics)

    def poll(self, timeout: float) -> list[Record]:
        """Further records; blocks up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        while True:
            self._flag.clear()
            found = self._store.page(self._positions, PAGE)
            self._positions |= {(record.topic, record.partition): record.offset + 1 for record in found}
            left = deadline - time.monotonic()
            if found or left <= 0 or not self._flag.wait(left):
                return found

    def caught_up(self) -> bool:
        """Whether all that was there when the reader was opened has been returned."""
        self._ends = {at: end for at, end in self._ends.items() if self._is_before(*at, end)}
        return not self._ends

    def _is_before(self, name: str, partition: int, end: int) -> bool:
        at = self._positions[name, partition]
        return at < end and any(record.offset < end for record in self._store.read(name, partition, at, 1))

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset by (topic, partition)."""
        return dict(self._positions)

    def close(self) -> None:
        """Stops being woken."""
        self._store.wakes(self._flag, ())
