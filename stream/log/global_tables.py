"""Global tables: small compacted topics that every worker holds in full."""

from collections.abc import Sequence
from typing import Protocol

from stream.log.port import Reader
from stream.log.records import Record

__all__ = ["GlobalTable", "read_table"]


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

    def advance(self) -> list[Record]:
        """Takes what has come since, and returns it."""
        found: list[Record] = []
        while records := self._take(0):
            found += records
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
