"""The embedded stream: one SQLite file that holds topics, groups, tables and their commits.

What `commit` or `append` has returned from is on disk. Every write is one BEGIN IMMEDIATE with a bounded wait; no read
stays open between calls, so the write-ahead log stays small.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stream.log.port import Lag, LogError, check_size
from stream.log.records import Out, Record
from stream.log.topics import Topic, partition_of
from stream.sqlite.database import Database
from stream.sqlite.reader import SqliteReader
from stream.sqlite.retention import ClockGuard, prune
from stream.sqlite.session import LEASE_SECONDS, RENEW_SECONDS, SqliteSession
from stream.sqlite.wakes import Wakes

__all__ = ["SqliteLog"]

WATCH_SECONDS = 0.1
RETAIN_SECONDS = 600.0


class SqliteLog:
    """The log port in the file at `path`, for any number of threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.wakes = Wakes()
        self._topics: dict[str, tuple[int, int]] = {}
        self._members: set[tuple[str, str]] = set()
        self._leases = threading.Lock()  # a renewal must not bring back the lease of a member that has just left
        self._closing = threading.Event()
        self.deleted = 0  # records that this process has let go
        own = (self._watch,) if self.database.read_only else (self._watch, self._renew_leases, self._retain)
        self._threads = [threading.Thread(target=work, name=f"stream{work.__name__}", daemon=True) for work in own]
        for thread in self._threads:
            thread.start()

    def ensure(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing; see `Log.ensure`. Where there is nothing to change nothing is written."""
        if self._has(topics):
            return
        with self.database.transaction() as db:
            for topic in topics:
                row = db.execute("SELECT partitions FROM topic WHERE name = ?", (topic.name,)).fetchone()
                if row and row[0] != topic.partitions:
                    raise LogError(
                        f"topic {topic.name} has {row[0]} partitions and the settings ask for {topic.partitions}: "
                        "set stream.partitions back, since the number is fixed when a topic is made"
                    )
                db.execute(
                    "INSERT INTO topic (name, partitions, policy, retention) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (name) DO UPDATE SET policy = excluded.policy, retention = excluded.retention",
                    (topic.name, topic.partitions, topic.policy, topic.retention),
                )

    def _has(self, topics: Sequence[Topic]) -> bool:
        rows = self.database.read("SELECT name, partitions, policy, retention FROM topic")
        return {(t.name, t.partitions, t.policy, t.retention) for t in topics} <= set(rows)

    def topic(self, name: str) -> tuple[int, int]:
        """(id, partitions) of a topic; an unknown one is a `LogError`."""
        if name not in self._topics:
            rows = self.database.read("SELECT id, partitions FROM topic WHERE name = ?", (name,))
            if not rows:
                known = [row[0] for row in self.database.read("SELECT name FROM topic ORDER BY name")]
                raise LogError(f"there is no topic {name!r}; there are: {', '.join(known) or 'none yet'}")
            self._topics[name] = rows[0]
        return self._topics[name]

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all or none; see `Log.append`."""
        with self.database.transaction() as db:
            self.insert(db, outs)
        self.wakes.notify({out.topic for out in outs})

    def insert(self, db: sqlite3.Connection, outs: Sequence[Out]) -> None:
        """Appends within a transaction; nobody is woken yet."""
        now = _now()
        ends: dict[tuple[int, int], int] = {}
        rows = []
        for out in outs:
            check_size(out)
            topic, partitions = self.topic(out.topic)
            at = (topic, partition_of(out.key, partitions))
            if at not in ends:
                found = db.execute("SELECT next_offset FROM log_end WHERE topic = ? AND partition = ?", at).fetchone()
                ends[at] = found[0] if found else 0
            rows.append((*at, ends[at], out.key, out.value, now))
            ends[at] += 1
        db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.executemany("INSERT OR REPLACE INTO log_end VALUES (?, ?, ?)", [(*at, end) for at, end in ends.items()])

    def read(self, name: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Up to `limit` records of one partition from `offset` on."""
        topic, _ = self.topic(name)
        rows = self.database.read(
            "SELECT offset, key, value, timestamp FROM record "
            "WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
            (topic, partition, offset, limit),
        )
        return [Record(name, partition, o, key, value, at) for o, key, value, at in rows]

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> SqliteReader:
        """A reader without a group; see `Log.reader`."""
        return SqliteReader(self, topics, start or {})

    def session(self, stage: str, inputs: Sequence[str]) -> SqliteSession:
        """A member of the stage's consumer group; see `Log.session`."""
        return SqliteSession(self, stage, inputs)

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last record, by (topic, partition)."""
        ends = {(name, p): 0 for name in topics for p in range(self.topic(name)[1])}
        for name in topics:
            rows = self.database.read(
                "SELECT partition, next_offset FROM log_end WHERE topic = ?", (self.topic(name)[0],)
            )
            ends.update({(name, partition): end for partition, end in rows})
        return ends

    def begins(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of the oldest record that is left, by (topic, partition)."""
        ends = self.ends(topics)
        oldest = {at: self.read(*at, 0, 1) for at in ends}
        return {at: page[0].offset if page else ends[at] for at, page in oldest.items()}

    def group_offsets(self, stage: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The next offset of the stage's group by (topic, partition), where one is committed."""
        names = {self.topic(name)[0]: name for name in topics}
        rows = self.database.read("SELECT topic, partition, next_offset FROM group_offset WHERE stage = ?", (stage,))
        return {(names[topic], partition): offset for topic, partition, offset in rows if topic in names}

    def rows(self, stage: str, table: str) -> dict[str, bytes]:
        """The committed rows of a stage's table; see `Log.rows`."""
        return dict(
            self.database.read("SELECT key, value FROM row WHERE stage = ? AND name = ? ORDER BY key", (stage, table))
        )

    def lag(self, stage: str, inputs: Sequence[str]) -> Lag:
        """The records that the stage's group has not yet passed."""
        done, ends = self.group_offsets(stage, inputs), self.ends(inputs)
        behind = {at: done.get(at, 0) for at, end in ends.items() if end > done.get(at, 0)}
        records = sum(ends[at] - offset for at, offset in behind.items())
        times = (self._appended(*at, offset) for at, offset in behind.items())
        return Lag(records, min((at for at in times if at is not None), default=None))

    def _appended(self, name: str, partition: int, offset: int) -> int | None:
        """When the first record from this offset on was appended."""
        rows = self.database.read(
            "SELECT timestamp FROM record WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT 1",
            (self.topic(name)[0], partition, offset),
        )
        return int(rows[0][0]) if rows else None

    def prune(self, now: int) -> int:
        """Deletes what retention and compaction let go at `now` (ms); returns how many records."""
        count = prune(self.database.transaction, now)
        self.deleted += count
        return count

    def size(self) -> int:
        """The bytes of its file, and of what is not yet in it."""
        path = self.database.path
        return sum(part.stat().st_size for part in (path, path.with_name(path.name + "-wal")) if part.exists())

    def _watch(self) -> None:
        """Commits of other processes are seen by SQLite's data version; those of this process wake by topic.

        Most of them renew leases, which is nobody's business, so it is looked whether the log has grown.
        """
        seen = _Seen()
        while not self._closing.wait(WATCH_SECONDS):
            try:
                grown = seen.grown(self.database)
            except LogError:
                grown = True  # whoever reads now meets the same trouble, and has the words for it
            if grown:
                self.wakes.notify(None)

    def join(self, stage: str, owner: str) -> None:
        """Makes a member of a stage's group, whose lease is renewed until it leaves."""
        with self._leases:
            self._members.add((stage, owner))
        try:
            self._renew()
        except LogError:  # whoever could not join must not be kept alive as a member that does nothing
            with self._leases:
                self._members.discard((stage, owner))
            raise

    def leave(self, stage: str, owner: str) -> None:
        """Gives a member's lease and partitions back."""
        with self._leases:
            self._members.discard((stage, owner))  # first, for its lease must not be renewed if the rest fails
        with self.database.transaction() as db:
            db.execute("UPDATE ownership SET owner = NULL WHERE stage = ? AND owner = ?", (stage, owner))
            db.execute("DELETE FROM member WHERE stage = ? AND owner = ?", (stage, owner))

    def _renew(self) -> None:
        lease = _now() + int(LEASE_SECONDS * 1000)
        with self._leases:
            if rows := [(*member, lease) for member in self._members]:
                with self.database.transaction() as db:
                    db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", rows)

    def _renew_leases(self) -> None:
        while not self._closing.wait(RENEW_SECONDS):
            self._try("leases could not be renewed", self._renew)

    def _retain(self) -> None:
        guard: ClockGuard | None = None

        def retain() -> None:
            nonlocal guard
            guard = guard or ClockGuard(self._newest(), _now)
            if not guard.suspended():
                self.prune(_now())

        while not self._closing.wait(RETAIN_SECONDS):
            self._try("old records could not be deleted", retain)

    def _newest(self) -> int:
        """When the last record was appended (ms), 0 where none is left."""
        names = [name for (name,) in self.database.read("SELECT name FROM topic")]
        last = [self.read(*at, end - 1, 1) for at, end in self.ends(names).items() if end]
        return max((page[0].timestamp for page in last if page), default=0)

    def _try(self, what: str, work: Callable[[], object]) -> None:
        """Does what comes round again by itself; a disk that is full now may not be so then."""
        try:
            work()
        except LogError as error:
            logging.getLogger(__name__).warning("%s: %s", what, error)

    def close(self) -> None:
        """Closes every connection of this process."""
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self.database.close()


def _now() -> int:
    return time.time_ns() // 1_000_000


class _Seen:
    """What one thread has seen of the file: whether others have committed, and whether the log has grown since."""

    def __init__(self) -> None:
        self._version: object = None
        self._end: object = None

    def grown(self, database: Database) -> bool:
        version = database.read("PRAGMA data_version")
        if version == self._version:
            return False
        end = database.read("SELECT SUM(next_offset) FROM log_end")
        grown, self._version, self._end = end != self._end, version, end
        return grown
