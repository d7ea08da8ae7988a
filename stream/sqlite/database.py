"""A SQLite file of ours: the stream's schema, a connection for each thread, reads, and write transactions."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from stream.log.port import LogError
from stream.sqlite.read_only import ReadOnlyFile

__all__ = ["BUSY_SECONDS", "CHECKPOINTED_AT", "SELDOM_CHECKPOINTED_AT", "Database", "key_range"]

BUSY_SECONDS = 15
GIVES_WAY_SECONDS = 0.25
CHECKPOINTED_AT = 1_000  # pages in the write-ahead log, which is SQLite's own default
SELDOM_CHECKPOINTED_AT = 8_192  # 32 MiB: the log grows to little more, and stays as large
RESTORE = "stop themewire and `themewire restore` a backup, or save what can be read with the `.recover` of sqlite3"
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
    """One SQLite file in WAL mode with `synchronous=FULL`: what a transaction has returned from is on disk.

    Whatever SQLite refuses is a `LogError` with one sentence, and `remedy` is what to do when the file is damaged. In a
    folder that may not be written the file is read as it is, and only a write is refused.
    """

    def __init__(
        self,
        path: Path,
        schema: str = SCHEMA,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        remedy: str = RESTORE,
    ) -> None:
        self.path = path
        self._remedy = remedy
        self._synchronous = synchronous
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._turn = threading.Condition()
        self._asking = 0  # threads that wait for their turn to write
        with self._in_words("opened"):
            self._read_only = ReadOnlyFile(path) if path.exists() and not _may_write(path) else None
            if self._read_only is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                self.connection().executescript(schema)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written, since the folder or the file must not be."""
        return self._read_only is not None

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if (db := getattr(self._local, "db", None)) is None:
            db = self._read_only.connect() if self._read_only else self._connect()
            self._local.db = db
            with self._lock:
                self._opened.append(db)
        return db

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        mode = db.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise LogError(f"{self.path} cannot use write-ahead logging: put it on a local disk")
        db.execute(f"PRAGMA synchronous={self._synchronous}")
        db.execute("PRAGMA secure_delete=FAST")  # some builds write noughts over all that is deleted: thrice the time
        return db

    def read(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query; no read stays open behind it."""
        try:
            return self.connection().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise LogError(self._sentence("read", error)) from error

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all or nothing."""
        if self.read_only:
            raise LogError(f"{self.path} cannot be written: this user has no right to write to it or to its folder")
        with self._in_words("written"):
            db = self.connection()
            self._begin(db)
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                self._roll_back(db)
                raise

    def _begin(self, db: sqlite3.Connection) -> None:
        with self._turn:
            self._asking += 1
        try:
            db.execute("BEGIN IMMEDIATE")
        finally:
            with self._turn:
                self._asking -= 1
                self._turn.notify_all()

    def give_way(self) -> None:
        """Lets those write first who wait for it in this process, for a moment at most.

        SQLite has no queue: who waits only looks now and then, and one transaction upon another leaves it little room.
        """
        with self._turn:
            self._turn.wait_for(lambda: not self._asking, GIVES_WAY_SECONDS)

    @contextlib.contextmanager
    def writing_much(self) -> Iterator[None]:
        """While this thread writes much by many transactions: what they change again and again is copied once.

        Each transaction is on disk as ever. The write-ahead log grows further meanwhile, and what is in it at the end
        is copied into the file, for which neither writers nor readers wait.
        """
        db = self.connection()
        before = db.total_changes
        db.execute(f"PRAGMA wal_autocheckpoint={SELDOM_CHECKPOINTED_AT}")
        try:
            yield
        finally:
            with self._in_words("written"):
                db = self.connection()  # another one, where the first could not be rolled back
                db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINTED_AT}")
                if db.total_changes > before:
                    db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _roll_back(self, db: sqlite3.Connection) -> None:
        """Ends the transaction, if need be with its connection: one that stays open locks everybody out."""
        if not db.in_transaction:
            return
        try:
            db.execute("ROLLBACK")
        except sqlite3.Error:
            with self._lock:
                self._opened.remove(db)
            self._local.db = None
            db.close()

    def copy_to(self, target: Path) -> None:
        """Writes the file, as of one moment, to `target`, which is whole and has no other files beside it.

        Others may write meanwhile: SQLite's online backup copies in one step, which only their checkpoints wait for.
        """
        with self._in_words("copied"), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            self.connection().backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise LogError(f"{self.path} is damaged ({found.splitlines()[0]}): {self._remedy}")

    @contextlib.contextmanager
    def _in_words(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise LogError(self._sentence(what, error)) from error

    def _sentence(self, what: str, error: Exception) -> str:
        """What is wrong and what to do about it."""
        path, code = self.path, getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return f"{path} is damaged ({error}): {self._remedy}"
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return f"{path} cannot be {what}: another program has kept it locked for {BUSY_SECONDS} s"
        if code == sqlite3.SQLITE_FULL:
            return f"{path} cannot be {what}: the disk is full"
        if code == sqlite3.SQLITE_IOERR:
            return f"{path} cannot be {what} ({error}): look whether its disk is well"
        return f"{path} cannot be {what} ({error}): check the folder's rights"

    def close(self) -> None:
        """Closes the connections of all threads."""
        for db in self._opened:
            db.close()
        if self._read_only:
            self._read_only.close()


def key_range(prefix: str) -> tuple[str, tuple[str, ...]]:
    """Return a condition on `key` that the keys with this prefix meet, by an index, and its values.

    SQLite compares text by its bytes, in UTF-8 the order of characters: up to the next greater one of the last.
    """
    least = prefix.rstrip("\U0010ffff")
    if not least:
        return "AND key >= ?", (prefix,)
    following = ord(least[-1]) + 1
    above = least[:-1] + chr(0xE000 if 0xD800 <= following < 0xE000 else following)  # the gap has no characters
    return "AND key >= ? AND key < ?", (prefix, above)


def _may_write(path: Path) -> bool:
    """Whether the file, and those that SQLite keeps beside it, may be written."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
