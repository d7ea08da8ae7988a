"""All that an embedded stream holds, for moving it elsewhere: topics, records, offsets and rows."""

import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from stream.log.port import LogError
from stream.log.records import Change, Record
from stream.log.topics import Topic
from stream.sqlite.store import Store

__all__ = ["BESIDE", "Contents", "close_for_good"]

PAGE = 500
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file


def close_for_good(path: Path) -> None:
    """Ends the write-ahead log of a stream, which SQLite refuses while anybody else has it open: then a `LogError`.

    A file that is damaged is left, without what is beside it.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as db:
            if db.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
                raise LogError(f"themewire is running on {path}: stop it first")
    except sqlite3.OperationalError as error:
        raise LogError(f"themewire is running on {path} ({error}): stop it first") from error
    except sqlite3.DatabaseError:
        for end in BESIDE:
            path.with_name(path.name + end).unlink(missing_ok=True)


class Contents:
    """What the file of a store holds, as it is; nothing else may write to it meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = store.database.read
        self._names = dict(self._read("SELECT id, name FROM topic"))

    def topics(self) -> list[Topic]:
        """Every topic, also those of themes that are no more."""
        rows = self._read("SELECT name, partitions, policy, retention FROM topic ORDER BY id")
        return [Topic(name, partitions, policy, kept, "", "") for name, partitions, policy, kept in rows]

    def records(self, topic: str, partition: int) -> Iterator[Record]:
        """The records of a partition that are left, in order."""
        offset = 0
        while page := self._store.read(topic, partition, offset, PAGE):
            yield from page
            offset = page[-1].offset + 1

    def groups(self) -> dict[str, dict[tuple[str, int], int]]:
        """By stage, how many of the records that are left its group has passed, by (topic, partition)."""
        found: dict[str, dict[tuple[str, int], int]] = defaultdict(dict)
        for stage, topic, partition, offset in self._read(
            "SELECT stage, topic, partition, next_offset FROM group_offset ORDER BY stage, topic, partition"
        ):
            ((count,),) = self._read(
                "SELECT COUNT(*) FROM record WHERE topic = ? AND partition = ? AND offset < ?",
                (topic, partition, offset),
            )
            found[stage][self._names[topic], partition] = count
        return dict(found)

    def rows(self, stage: str) -> Iterator[tuple[int, Change]]:
        """(partition, row) of every table of a stage."""
        after: tuple[object, ...] = (-1, "", "")
        query = (
            "SELECT partition, name, key, value, due FROM row WHERE stage = ? AND (partition, name, key) > (?, ?, ?) "
            f"ORDER BY partition, name, key LIMIT {PAGE}"
        )
        while page := self._read(query, (stage, *after)):
            for partition, name, key, value, due in page:
                yield partition, Change(name, key, value, due)
            after = page[-1][:3]

    def stages(self) -> list[str]:
        """Those that have rows or offsets."""
        query = "SELECT DISTINCT stage FROM group_offset UNION SELECT DISTINCT stage FROM row ORDER BY 1"
        return [stage for (stage,) in self._read(query)]
