"""A session whose rows and positions lie in a SQLite file of their own, on either backend."""

import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stream.engine.clock import wall_clock
from stream.index.feed_states import create_feed_states, update_feed_states
from stream.index.retention import prune_index
from stream.index.search import create_search, moment_of, update_search
from stream.log.port import Fenced, Log, LogError, Work
from stream.log.records import Change, Record, Tick
from stream.sqlite.database import Database, key_range
from stream.sqlite.retention import ClockGuard

__all__ = ["IndexRows", "IndexSession", "open_index", "put_changes"]

log = logging.getLogger(__name__)

TABLES = {
    "row": "name TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (name, key)",
    "position": "topic TEXT, partition INTEGER, next_offset INTEGER NOT NULL, PRIMARY KEY (topic, partition)",
}
POLL_SECONDS = 1.0
RETAIN_SECONDS = 600.0
FORM = 8  # of the rows; an index of another form is made anew


class IndexRows:
    """The rows of the read model; none is ever armed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._read = database.read

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        rows = self._read("SELECT value FROM row WHERE name = ? AND key = ?", (table, key))
        return rows[0][0] if rows else None

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys; of those that begin so only."""
        within, values = key_range(prefix)
        return iter(self._read(f"SELECT key, value FROM row WHERE name = ? {within} ORDER BY key", (table, *values)))

    def due(self, now: int, limit: int) -> list[Tick]:
        """Nothing is ever due."""
        return []

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        """None ever is."""
        return iter(())

    def next_due(self) -> int | None:
        """Nothing is ever due."""
        return None


def open_index(path: Path) -> Database:
    """The index's file, made when it is missing; a `LogError` says why it cannot be opened.

    What another version of us has written is thrown away, since all of it can be read again.
    """
    database = Database(path, "", synchronous="NORMAL", remedy="delete it, and it is made again")
    if _form(database) == FORM:
        return database
    with database.transaction() as db:
        if _form(database) != FORM:  # nobody else was quicker
            for table, columns in TABLES.items():
                db.execute(f"DROP TABLE IF EXISTS {table}")
                db.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")
            create_search(db)
            create_feed_states(db)
            db.execute(f"PRAGMA user_version = {FORM}")
    return database


def put_changes(db: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Writes rows, and what is kept beside them to search and to count."""
    rows = [(c.table, c.key, c.value) for c in changes if c.value is not None]
    db.executemany("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", rows)
    update_search(db, changes)
    update_feed_states(db, changes)
    gone = [(c.table, c.key) for c in changes if c.value is None]
    db.executemany("DELETE FROM row WHERE name = ? AND key = ?", gone)


def _form(database: Database) -> int:
    return int(database.read("PRAGMA user_version")[0][0])


class IndexSession:
    """A session (`stream.log.port.Session`) whose one partition holds all, and whose positions lie beside its rows.

    Several processes may bring the index up to date: a commit that does not start where the last one ended is
    `Fenced`, and begins again from there.
    """

    def __init__(self, stream: Log, path: Path, inputs: Sequence[str]) -> None:
        self.eager = False
        self.aborts = 0
        self._log = stream
        self._inputs = inputs
        self._db = open_index(path)
        stored = self._since_restore(self._stored())
        self._reader = stream.reader(inputs, stored)
        self._began = stored  # where the index stood when we last looked
        self._woken = False
        self._retained_at = time.monotonic()
        self._pruning: Iterator[int] = iter(())  # a piece at each poll, which waits for no more
        newest = self._db.read("SELECT MAX(number) FROM item")[0][0]
        self._clock_guard = ClockGuard(moment_of(newest) if newest else 0, wall_clock)

    def _stored(self) -> dict[tuple[str, int], int]:
        rows = self._db.read("SELECT topic, partition, next_offset FROM position")
        return {(topic, partition): offset for topic, partition, offset in rows}

    def _since_restore(self, stored: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
        """The positions, or none where the stream ends before them: a backup was put in its place, or it is another.

        What the index has of records that are no more would stay for ever, and those that come now would be missed.
        """
        ends = self._log.ends(self._inputs)
        if all(offset <= ends[at] for at, offset in stored.items() if at in ends):  # a theme may have been removed
            return stored
        log.warning("the stream ends before the index does, so the index is made anew")
        with self._db.transaction() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")
            create_search(db)
            create_feed_states(db)
        return {}

    def poll(self, until: int | None) -> list[Record]:
        """Records of all inputs, as of partition 0; every so often it lets go what is old, a little at a time."""
        if time.monotonic() - self._retained_at > RETAIN_SECONDS:
            self._retained_at = time.monotonic()
            if not self._clock_guard.suspended():
                self._pruning = prune_index(self._db, wall_clock())
        next(self._pruning, 0)
        wait = 0.0 if self._woken else POLL_SECONDS
        if until is not None:
            wait = max(0.0, min(wait, until / 1000 - time.time()))
        self._woken = False
        return [Record(r.topic, 0, r.offset, r.key, r.value, r.timestamp) for r in self._reader.poll(wait)]

    def caught_up(self) -> bool:
        """Whether all that was there when the session was opened is in the index."""
        return self._reader.caught_up()

    def lag(self) -> int:
        """How many records are not in the index yet."""
        stored = self._stored()
        return sum(end - stored.get(at, 0) for at, end in self._log.ends(self._inputs).items())

    def owned(self) -> Mapping[int, int]:
        """Partition 0, always."""
        return {0: 1}

    def tables(self, partition: int) -> IndexRows:
        """The rows of the read model."""
        return IndexRows(self._db)

    def commit(self, works: Sequence[Work]) -> None:
        """Rows and positions in one transaction."""
        outputs = [out for work in works for out in work.outputs]
        try:
            with self._db.transaction() as db:
                self._check_beginning()
                if outputs:
                    self._log.append(outputs)  # only dead records; written twice after a crash rather than never
                self._write(db, [c for work in works for c in work.changes])
        except LogError:
            self.aborts += 1
            raise
        self._began = {**self._began, **self._reader.positions}

    def _check_beginning(self) -> None:
        stored = self._stored()
        if stored != self._began:
            self._reader.close()
            self._reader = self._log.reader(self._inputs, stored)
            self._began = stored
            raise Fenced("another process has brought the index up to date")

    def _write(self, db: sqlite3.Connection, changes: Sequence[Change]) -> None:
        put_changes(db, changes)
        db.executemany(
            "INSERT OR REPLACE INTO position VALUES (?, ?, ?)",
            [(*at, offset) for at, offset in self._reader.positions.items() if self._began.get(at) != offset],
        )

    def wake(self) -> None:
        """Makes the next poll return at once."""
        self._woken = True

    def close(self) -> None:
        """Closes reader and file."""
        self._reader.close()
        self._db.close()
