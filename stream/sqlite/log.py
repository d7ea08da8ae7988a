"""The embedded stream: one SQLite file that holds topics, groups, tables and their commits.

What `commit` or `append` has returned from is on disk.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stream.engine.clock import wall_clock
from stream.log.port import Lag, LogError
from stream.sqlite.group import RENEW_SECONDS, Leases
from stream.sqlite.reader import SqliteReader
from stream.sqlite.recent_rows import RecentRows
from stream.sqlite.retention import ClockGuard, Retention
from stream.sqlite.session import SqliteRows, SqliteSession
from stream.sqlite.store import Store

__all__ = ["SqliteLog"]

WATCH_SECONDS = 0.1
RETAIN_SECONDS = 600.0


class SqliteLog(Store):
    """The log port in the file at `path`, for any number of threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.deleted = 0  # records that this process has let go
        self._leases = Leases(self.database)
        self._clock_guard: ClockGuard | None = None
        self._retention = Retention(self.database)
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._version: object = None  # SQLite's, of the file, when it was last looked at
        self._others = 0.0  # how far the log goes by what others have appended
        self._repeat(self._watch, WATCH_SECONDS, "the stream could not be watched")
        if not self.database.read_only:
            self._repeat(self._leases.renew, RENEW_SECONDS, "leases could not be renewed")
            self._repeat(self._retain, RETAIN_SECONDS, "old records could not be deleted")

    def _repeat(self, work: Callable[[], None], seconds: float, failure: str) -> None:
        """Does it every so often in a thread, also after it failed: a disk that is full now may not be so then."""

        def run() -> None:
            while not self._closing.wait(seconds):
                try:
                    work()
                except LogError as error:
                    logging.getLogger(__name__).warning("%s: %s", failure, error)

        self._threads.append(threading.Thread(target=run, name=f"stream {work.__name__.strip('_')}", daemon=True))
        self._threads[-1].start()

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> SqliteReader:
        """A reader without a group; see `Log.reader`."""
        return SqliteReader(self, topics, start or {})

    def session(self, stage: str, inputs: Sequence[str]) -> SqliteSession:
        """A member of the stage's consumer group; see `Log.session`."""
        return SqliteSession(self, self._leases, stage, inputs)

    def begins(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of the oldest record that is left, by (topic, partition)."""
        oldest = {at: (self.read(*at, 0, 1), end) for at, end in self.ends(topics).items()}
        return {at: page[0].offset if page else end for at, (page, end) in oldest.items()}

    def since(self, topics: Sequence[str], at: int) -> dict[tuple[str, int], int]:
        """Where the records of a moment begin; see `Log.since`."""
        return {place: self._first_at(*place, end, at) for place, end in self.ends(topics).items()}

    def _first_at(self, name: str, partition: int, end: int, at: int) -> int:
        """Halves what is left until one record is: their times are in order, but for what a wrong clock has dated."""
        topic, low, high = self.topic(name)[0], 0, end
        query = (
            "SELECT offset, timestamp FROM record WHERE topic = ? AND partition = ? AND offset >= ? "
            "ORDER BY offset LIMIT 1"
        )
        while low < high:
            middle = (low + high) // 2
            found = self.database.read(query, (topic, partition, middle))
            if found and found[0][1] < at:
                low = found[0][0] + 1
            else:
                high = middle
        return low

    def rows(self, stage: str, table: str, prefix: str = "") -> dict[str, bytes]:
        """The committed rows of a stage's table; see `Log.rows`."""
        found: dict[str, bytes] = {}
        for partition in self._partitions_of(stage):
            found |= SqliteRows(self.database, stage, partition, RecentRows()).items(table, prefix)
        return dict(sorted(found.items()))

    def _partitions_of(self, stage: str) -> Iterator[int]:
        """Those that have rows, found one by one: to go through all rows would take long."""
        last = -1
        while found := self.database.read(
            "SELECT partition FROM row WHERE stage = ? AND partition > ? ORDER BY partition LIMIT 1", (stage, last)
        ):
            last = found[0][0]
            yield last

    def lag(self, stage: str, inputs: Sequence[str]) -> Lag:
        """The records that the stage's group has not yet passed."""
        done, ends = self.group_offsets(stage, inputs), self.ends(inputs)
        behind = {at: done.get(at, 0) for at, end in ends.items() if end > done.get(at, 0)}
        first = [record for at, offset in behind.items() for record in self.read(*at, offset, 1)]
        records = sum(ends[at] - offset for at, offset in behind.items())
        return Lag(records, min((record.timestamp for record in first), default=None))

    def prune(self, now: int) -> int:
        """Deletes what retention and compaction let go; returns how many records."""
        count = self._retention.prune(now)
        self.deleted += count
        return count

    def size(self) -> int:
        """The bytes of its file, and of what is not yet in it."""
        path = self.database.path
        return sum(part.stat().st_size for part in (path, path.with_name(path.name + "-wal")) if part.exists())

    def _watch(self) -> None:
        """Wakes everybody when another process may have made the log grow; commits of this one wake by topic.

        Commits of other connections are seen by SQLite's data version. Most of them are this process's own, or renew
        leases, which is nobody's business, so it is looked whether the log has grown by what is not ours.
        """
        grown = True  # where it cannot be told: what is ours is on its way, or whoever reads has words for the trouble
        with contextlib.suppress(LogError):
            if (version := self.database.read("PRAGMA data_version")) == self._version:
                return
            ours = self.own.settled()
            end = self.database.read("SELECT TOTAL(next_offset) FROM log_end")[0][0]
            if ours is not None and ours == self.own.settled():
                grown, self._version, self._others = end - ours != self._others, version, end - ours
        if grown:
            self.wake(None)

    def _retain(self) -> None:
        self._clock_guard = self._clock_guard or ClockGuard(self._newest(), wall_clock)
        if not self._clock_guard.suspended():
            self.prune(wall_clock())

    def _newest(self) -> int:
        """When the last record was appended (ms), 0 where none is left."""
        names = [name for (name,) in self.database.read("SELECT name FROM topic")]
        last = (self.read(*at, end - 1, 1) for at, end in self.ends(names).items() if end)
        return max((record.timestamp for page in last for record in page), default=0)

    def close(self) -> None:
        """Closes every connection of this process."""
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self.database.close()
