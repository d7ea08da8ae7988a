"""The embedded stream: one SQLite file that holds topics, groups, tables and their commits.

WAL with synchronous=FULL: what `commit` or `append` has returned from is on disk. Every write is one BEGIN IMMEDIATE
with a bounded wait; no read stays open between calls, so the WAL stays small. One connection a thread.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stream.log import LogError, check_size
from stream.sqlite.retention import prune
from stream.sqlite.session import LEASE_SECONDS, RENEW_SECONDS, SqliteSession
from stream.stage import Out, Record
from stream.topics import Topic, partition_of

__all__ = ["SqliteLog", "SqliteReader"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
    policy TEXT NOT NULL, retention INTEGER);
CREATE TABLE IF NOT EXISTS log_end (
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    topic INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    key TEXT NOT NULL, value BLOB, timestamp INTEGER NOT NULL,
    PRIMARY KEY (topic, partition, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS group_offset (
    stage TEXT NOT NULL, topic INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (stage, topic, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS row (
    stage TEXT NOT NULL, partition INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
    value BLOB NOT NULL, due INTEGER,
    PRIMARY KEY (stage, partition, name, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS row_due ON row (stage, partition, due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS member (
    stage TEXT NOT NULL, owner TEXT NOT NULL, lease INTEGER NOT NULL,
    PRIMARY KEY (stage, owner)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ownership (
    stage TEXT NOT NULL, partition INTEGER NOT NULL, owner TEXT, epoch INTEGER NOT NULL,
    PRIMARY KEY (stage, partition)) WITHOUT ROWID;
"""
BUSY_SECONDS = 15
WATCH_SECONDS = 0.1
RETAIN_SECONDS = 600.0


class SqliteLog:
    """The log port in the file at `path`, for any number of threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._topics: dict[str, tuple[int, int]] = {}
        self._wakers: dict[str, set[threading.Event]] = {}
        self._members: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._leases = threading.Lock()  # a renewal must not bring back the lease of a member that has just left
        self._closing = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection().executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"the stream's file {path} cannot be opened ({error}): check the folder's rights") from error
        self._threads = [
            threading.Thread(target=work, name=f"stream{work.__name__}", daemon=True)
            for work in (self._watch, self._renew_leases, self._retain)
        ]
        for thread in self._threads:
            thread.start()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if (db := getattr(self._local, "db", None)) is None:
            db = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise LogError(f"{self._path} cannot use write-ahead logging: put it on a local disk")
            db.execute("PRAGMA synchronous=FULL")
            self._local.db = db
            with self._lock:
                self._opened.append(db)
        return db

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all or nothing; what SQLite refuses is a `LogError`."""
        db = self.connection()
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LogError(f"the stream's file {self._path} cannot be written ({error})") from error

    def ensure(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing; see `Log.ensure`."""
        with self.transaction() as db:
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

    def topic(self, name: str) -> tuple[int, int]:
        """(id, partitions) of a topic; an unknown one is a `LogError`."""
        if name not in self._topics:
            row = self.connection().execute("SELECT id, partitions FROM topic WHERE name = ?", (name,)).fetchone()
            if row is None:
                known = [r[0] for r in self.connection().execute("SELECT name FROM topic ORDER BY name")]
                raise LogError(f"there is no topic {name!r}; there are: {', '.join(known) or 'none yet'}")
            self._topics[name] = (row[0], row[1])
        return self._topics[name]

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all or none; see `Log.append`."""
        with self.transaction() as db:
            self.insert(db, outs)
        self.notify({out.topic for out in outs})

    def insert(self, db: sqlite3.Connection, outs: Sequence[Out]) -> None:
        """Appends within a transaction; nobody is woken yet."""
        now = time.time_ns() // 1_000_000
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
        rows = self.connection().execute(
            "SELECT offset, key, value, timestamp FROM record "
            "WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?",
            (topic, partition, offset, limit),
        )
        return [Record(name, partition, o, key, value, at) for o, key, value, at in rows.fetchall()]

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> "SqliteReader":
        """A reader without a group; see `Log.reader`."""
        return SqliteReader(self, topics, start or {})

    def session(self, stage: str, inputs: Sequence[str]) -> SqliteSession:
        """A member of the stage's consumer group; see `Log.session`."""
        return SqliteSession(self, stage, inputs)

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last record, by (topic, partition)."""
        ends = {(name, p): 0 for name in topics for p in range(self.topic(name)[1])}
        for name in topics:
            rows = self.connection().execute(
                "SELECT partition, next_offset FROM log_end WHERE topic = ?", (self.topic(name)[0],)
            )
            ends.update({(name, partition): end for partition, end in rows.fetchall()})
        return ends

    def group_offsets(self, stage: str, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The next offset of the stage's group by (topic, partition), where one is committed."""
        names = {self.topic(name)[0]: name for name in topics}
        rows = self.connection().execute(
            "SELECT topic, partition, next_offset FROM group_offset WHERE stage = ?", (stage,)
        )
        return {(names[topic], partition): offset for topic, partition, offset in rows if topic in names}

    def lag(self, stage: str, inputs: Sequence[str]) -> int:
        """How many records the stage's group has not yet passed."""
        done = self.group_offsets(stage, inputs)
        return sum(end - done.get(at, 0) for at, end in self.ends(inputs).items())

    def prune(self, now: int) -> int:
        """Deletes what retention and compaction let go at `now` (ms); returns how many records."""
        return prune(self.transaction, now)

    def subscribe(self, topics: Sequence[str], flag: threading.Event) -> None:
        """Sets `flag` whenever one of the topics may have grown."""
        with self._lock:
            for topic in topics:
                self._wakers.setdefault(topic, set()).add(flag)

    def unsubscribe(self, flag: threading.Event) -> None:
        """Undoes `subscribe`."""
        with self._lock:
            for flags in self._wakers.values():
                flags.discard(flag)

    def notify(self, topics: set[str] | None) -> None:
        """Wakes who waits for these topics, or for any."""
        with self._lock:
            found = [flags for topic, flags in self._wakers.items() if topics is None or topic in topics]
            for flag in set().union(*found):
                flag.set()

    def _watch(self) -> None:
        """Commits of other processes are seen by SQLite's data version; those of this process wake by topic."""
        db = sqlite3.connect(self._path, timeout=BUSY_SECONDS)
        last = db.execute("PRAGMA data_version").fetchone()
        while not self._closing.wait(WATCH_SECONDS):
            version = db.execute("PRAGMA data_version").fetchone()
            if version != last:
                last = version
                self.notify(None)
        db.close()

    def join(self, stage: str, owner: str) -> None:
        """Makes a member of a stage's group, whose lease is renewed until it leaves."""
        with self._leases:
            self._members.add((stage, owner))
        self._renew()

    def leave(self, stage: str, owner: str) -> None:
        """Gives a member's lease and partitions back."""
        with self._leases, self.transaction() as db:
            self._members.discard((stage, owner))
            db.execute("UPDATE ownership SET owner = NULL WHERE stage = ? AND owner = ?", (stage, owner))
            db.execute("DELETE FROM member WHERE stage = ? AND owner = ?", (stage, owner))

    def _renew(self) -> None:
        lease = time.time_ns() // 1_000_000 + int(LEASE_SECONDS * 1000)
        with self._leases:
            if rows := [(*member, lease) for member in self._members]:
                with self.transaction() as db:
                    db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", rows)

    def _renew_leases(self) -> None:
        while not self._closing.wait(RENEW_SECONDS):
            self._try("leases could not be renewed", self._renew)

    def _retain(self) -> None:
        while not self._closing.wait(RETAIN_SECONDS):
            self._try("old records could not be deleted", lambda: self.prune(time.time_ns() // 1_000_000))

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
        for db in self._opened:
            db.close()


class SqliteReader:
    """Reads topics without a group, page by page, so that no read stays open."""

    PAGE = 500

    def __init__(self, log: SqliteLog, topics: Sequence[str], start: Mapping[tuple[str, int], int]) -> None:
        self._log = log
        self._ends = log.ends(topics)
        self._positions = {at: start.get(at, 0) for at in self._ends}
        self._flag = threading.Event()
        log.subscribe(topics, self._flag)

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
        self._log.unsubscribe(self._flag)
