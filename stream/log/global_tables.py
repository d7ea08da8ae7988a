"""Global tables: small compacted topics that every worker holds in full."""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from stream.log.port import LogError, Reader
from stream.log.records import Record

__all__ = ["GlobalTable", "read_table"]

PATIENCE = 30.0  # seconds, for records that others have read already


class Readable(Protocol):
    """What topics are read of: a log, or a part of one."""

    def reader(self, topics: Sequence[str]) -> Reader:
        """See `stream.log.port.Log.reader`."""
        ...


class GlobalTable:
    """A global table: the latest value by key of a compacted topic, advanced only between batches."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.rows: dict[str, bytes] = {}
        while not reader.caught_up():
            self._take(1.0)

    def advance(self, least: Mapping[int, int] | None = None) -> list[Record]:
        """Takes what has come since, at `least` up to the records at these offsets by partition, and returns it.

        A reader may not have yet what another was given; raises `LogError` where it does not get it in time.
        """
        found: list[Record] = []
        while records := self._take(0):
            found += records
        if least:
            found += self._catch_up(least)
        return found

    def _catch_up(self, least: Mapping[int, int]) -> list[Record]:
        found: list[Record] = []
        until = time.monotonic() + PATIENCE
        while any(next_ <= least.get(partition, -1) for (_, partition), next_ in self._reader.positions.items()):
            found += (records := self._take(0.1))
            if not records and time.monotonic() > until:
                raise LogError(f"records that were read are not there for another reader within {PATIENCE:.0f} s")
        return found

    def wait(self, timeout: float) -> bool:
        """Blocks up to `timeout` seconds for something to come, and takes it; returns whether something has."""
        return bool(self._take(timeout))

    def _take(self, timeout: float) -> list[Record]:
        records = self._reader.poll(timeout)
        for record in records:
            if record.value is None:
                self.rows.pop(record.key, None)
            else:
                self.rows[record.key] = record.value
        return records

    def close(self) -> None:
        """Closes its reader."""
        self._reader.close()


def read_table(log: Readable, topic: str) -> dict[str, bytes]:
    """The latest value by key of a compacted topic, as of now."""
    table = GlobalTable(log.reader([topic]))
    table.close()
    return table.rows
