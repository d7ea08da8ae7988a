"""Reads the embedded stream without a group."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stream.log.records import Record

if TYPE_CHECKING:
    from stream.sqlite.log import SqliteLog

__all__ = ["SqliteReader"]


class SqliteReader:
    """Reads topics without a group, page by page, so that no read stays open."""

    PAGE = 500

    def __init__(self, log: "SqliteLog", topics: Sequence[str], start: Mapping[tuple[str, int], int]) -> None:
        self._log = log
        self._ends = log.ends(topics)
        self._positions = {at: start.get(at, 0) for at in self._ends}
        self._flag = threading.Event()
        log.wakes.subscribe(topics, self._flag)

    def poll(self, timeout: float) -> list[Record]:
        """Further records; blocks up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        while True:
            self._flag.clear()
            if found := self._read():
                return found
            left = deadline - time.monotonic()
            if left <= 0 or not self._flag.wait(left):
                return []

    def _read(self) -> list[Record]:
        found: list[Record] = []
        for (topic, partition), offset in self._positions.items():
            page = self._log.read(topic, partition, offset, self.PAGE - len(found))
            found += page
            if len(found) >= self.PAGE:
                break
        for record in found:
            self._positions[record.topic, record.partition] = record.offset + 1
        return found

    def caught_up(self) -> bool:
        """Whether all that was there when the reader was opened has been returned."""
        for (topic, partition), end in self._ends.items():
            at = self._positions[topic, partition]
            if at < end and any(r.offset < end for r in self._log.read(topic, partition, at, 1)):
                return False
        return True

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset by (topic, partition)."""
        return dict(self._positions)

    def close(self) -> None:
        """Stops being woken."""
        self._log.wakes.unsubscribe(self._flag)
