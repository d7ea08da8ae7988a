"""The file of the embedded stream: its schema, a connection for each thread, and write transactions."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from stream.log import LogError

__all__ = ["BUSY_SECONDS", "Database"]

BUSY_SECONDS = 15
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


class Database:
    """One SQLite file in WAL mode with `synchronous=FULL`: what a transaction has returned from is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection().executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise LogError(f"the stream's file {path} cannot be opened ({error}): check the folder's rights") from error

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if (db := getattr(self._local, "db", None)) is None:
            db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                raise LogError(f"{self.path} cannot use write-ahead logging: put it on a local disk")
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
            raise LogError(f"the stream's file {self.path} cannot be written ({error})") from error

    def close(self) -> None:
        """Closes the connections of all threads."""
        for db in self._opened:
            db.close()
