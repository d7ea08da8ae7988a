"""The topics of the embedded stream: what is in the file, and who is woken when it grows.

Every write is one BEGIN IMMEDIATE with a bounded wait; no read stays open between calls, so the write-ahead log stays
small.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from stream.engine.clock import wall_clock
from stream.log.port import check_size, unknown_topic, wrong_partitions
from stream.log.records import Out, Record
from stream.log.topics import Topic, partition_of
from stream.sqlite.database import Database

__all__ = ["OwnRecords", "Store"]

TOPICS = "SELECT name, partitions, policy, retention FROM topic"


class OwnRecords:
    """How many records this process has appended, so that a watcher can tell them from those of others."""

    def __init__(self) -> None:
        self._begun = self._done = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def appending(self, records: int) -> Iterator[None]:
        """While a transaction with so many records is on its way."""
        with self._lock:
            self._begun += records
        try:
            yield
        except BaseException:
            with self._lock:
                self._begun -= records
            raise
        with self._lock:
            self._done += records

    def settled(self) -> int | None:
        """How many there are; None while some are on their way, of which nobody knows whether they can be seen yet."""
        with self._lock:
            return self._done if self._begun == self._done else None


class Store:
    """Topics, records and offsets in the file at `path`; used by any number of threads."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.own = OwnRecords()
        self._waiting: dict[threading.Event, set[str]] = {}  # flags of who waits in this process, for which topics
        self._lock = threading.Lock()  # over these
        self._topics: dict[str, tuple[int, int]] = {}

    def ensure(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Makes the topics that are missing; see `Log.ensure`. Where there is nothing to change nothing is written."""
        wanted = {(t.name, t.partitions, t.policy, t.retention) for t in topics}
        if not (missing := wanted - set(self.database.read(TOPICS))):
            return ()
        with self.database.transaction() as db:
            db.executemany(
                "INSERT INTO topic (name, partitions, policy, retention) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET policy = excluded.policy, retention = excluded.retention",
                missing,
            )
            has = dict(db.execute("SELECT name, partitions FROM topic"))
            for name, asked, *_ in missing:
                if has[name] != asked:
                    raise wrong_partitions(name, has[name], asked)
        return ()

    def topic(self, name: str) -> tuple[int, int]:
        """(id, partitions) of a topic; an unknown one is a `LogError`."""
        if name not in self._topics:
            known = self.database.read("SELECT name, id, partitions FROM topic ORDER BY name")
            self._topics = {each: (number, partitions) for each, number, partitions in known}
            if name not in self._topics:
                raise unknown_topic(name, self._topics)
        return self._topics[name]

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all or none; see `Log.append`."""
        with self.own.appending(len(outs)), self.database.transaction() as db:
            self.insert(db, outs)
        self.wake(outs)

    def insert(self, db: sqlite3.Connection, outs: Sequence[Out]) -> None:
        """Appends within a transaction; nobody is woken yet."""
        now = wall_clock()
        topics = {self.topic(out.topic)[0] for out in outs}
        query = f"SELECT topic, partition, next_offset FROM log_end WHERE topic IN ({_marks(topics)})"
        before = {(topic, partition): end for topic, partition, end in db.execute(query, (*topics,))}
        ends: dict[tuple[int, int], int] = {}
        rows = []
        for out in outs:
            check_size(out)
            topic, partitions = self.topic(out.topic)
            at = (topic, partition_of(out.key, partitions))
            end = ends.get(at, before.get(at, 0))
            rows.append((*at, end, out.key, out.value, now))
            ends[at] = end + 1
        db.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.executemany("INSERT OR REPLACE INTO log_end VALUES (?, ?, ?)", [(*at, end) for at, end in ends.items()])

    def wakes(self, flag: threading.Event, topics: Collection[str]) -> None:
        """Sets `flag` whenever one of these topics may have grown; none to end that."""
        with self._lock:
            self._waiting.pop(flag, None)
            if topics:
                self._waiting[flag] = {*topics}

    def wake(self, outs: Sequence[Out] | None) -> None:
        """Wakes who waits for what these have been appended to, or everybody."""
        grown = None if outs is None else {out.topic for out in outs}
        with self._lock:
            for flag, topics in self._waiting.items():
                if grown is None or not topics.isdisjoint(grown):
                    flag.set()

    def page(self, positions: Mapping[tuple[str, int], int], limit: int, first: int = 0) -> list[Record]:
        """Up to `limit` records from these offsets on, partition by partition in the order of `positions`, but those
        before the partition `first` last."""
        ends = self._offsets("log_end WHERE", {name for name, _ in positions})
        grown = {at for at, end in ends.items() if positions.get(at, end) < end}
        if not grown:
            return []
        found: list[Record] = []
        for at in sorted((at for at in positions if at in grown), key=lambda at: at[1] < first):
            if len(found) < limit:
                found += self.read(*at, positions[at], limit - len(found))
        return found

    def read(self, name: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Up to `limit` records of one partition from `offset` on."""
        rows = self.database.read(
            "SELECT offset, key, value, timestamp FROM record "
            "WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
            (self.topic(name)[0], partition, offset, limit),
        )
        return [Record(name, partition, *row) for row in rows]

    def ends(self, topics: Collection[str]) -> dict[tuple[str, int], int]:
        """The offset after the last record, by (topic, partition)."""
        ends = {(name, p): 0 for name in topics for p in range(self.topic(name)[1])}
        return ends | self._offsets("log_end WHERE", topics)

    def group_offsets(self, stage: str, topics: Collection[str]) -> dict[tuple[str, int], int]:
        """The next offset of the stage's group by (topic, partition), where one is committed."""
        return self._offsets("group_offset WHERE stage = ? AND", topics, stage)

    def _offsets(self, where: str, topics: Collection[str], *values: str) -> dict[tuple[str, int], int]:
        names = {self.topic(name)[0]: name for name in topics}
        query = f"SELECT topic, partition, next_offset FROM {where} topic IN ({_marks(names)})"
        return {(names[topic], p): offset for topic, p, offset in self.database.read(query, (*values, *names))}


def _marks(values: Collection[object]) -> str:
    """The marks of a query that these values take the place of."""
    return ", ".join("?" * len(values))
