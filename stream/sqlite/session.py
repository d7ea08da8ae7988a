"""A member of a consumer group on the embedded stream."""

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence

from stream.engine.clock import wall_clock
from stream.log.port import Fenced, LogError, Work, co_partitioned
from stream.log.records import Record, Tick
from stream.sqlite.database import Database, key_range
from stream.sqlite.group import RENEW_SECONDS, Leases, Share
from stream.sqlite.recent_rows import RecentRows
from stream.sqlite.store import Store

__all__ = ["SqliteRows", "SqliteSession"]

LOOK_SECONDS = 3.0
BATCH = 200
OF_PARTITION = "FROM row WHERE stage = ? AND partition = ?"


class SqliteRows:
    """The committed rows of one partition of one stage, of which its owner remembers the `recent` ones."""

    def __init__(self, database: Database, stage: str, partition: int, recent: RecentRows) -> None:
        self._read = database.read
        self._of = (stage, partition)
        self._recent = recent

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        if (value := self._recent.get(self._of[1], table, key)) is not None:
            return value
        rows = self._read(f"SELECT value {OF_PARTITION} AND name = ? AND key = ?", (*self._of, table, key))
        return rows[0][0] if rows else None

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys; of those that begin so only."""
        within, values = key_range(prefix)
        query = f"SELECT key, value {OF_PARTITION} AND name = ? {within} ORDER BY key"
        return iter(self._read(query, (*self._of, table, *values)))

    def due(self, now: int, limit: int) -> list[Tick]:
        """The rows whose time has come, earliest first."""
        query = f"SELECT name, key, due {OF_PARTITION} AND due <= ? ORDER BY due, name, key LIMIT ?"
        return [Tick(*row) for row in self._read(query, (*self._of, now, limit))]

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        """Every armed row of a table, with its value."""
        # By the rows' own order: the index of due times would lead through the armed rows of all tables.
        query = f"SELECT key, due, value {OF_PARTITION} AND name = ? AND +due IS NOT NULL"
        return ((Tick(table, key, due), value) for key, due, value in self._read(query, (*self._of, table)))

    def next_due(self) -> int | None:
        """The earliest due time of all rows, or None."""
        found: int | None = self._read(f"SELECT MIN(due) {OF_PARTITION} AND due IS NOT NULL", self._of)[0][0]
        return found


class SqliteSession:
    """See `stream.log.port.Session`."""

    def __init__(self, store: Store, leases: Leases, stage: str, inputs: Sequence[str]) -> None:
        self.eager = False
        self.aborts = 0
        self._store = store
        self._leases = leases
        self._stage = stage
        self._inputs = tuple(inputs)
        self._partitions = co_partitioned(stage, {name: store.topic(name)[1] for name in inputs})
        self._owner = uuid.uuid4().hex
        self._share = Share(store.database, stage, self._owner, self._partitions)
        self._positions: dict[tuple[str, int], int] = {}
        self._recent = RecentRows()
        self._flag = threading.Event()
        self._balance_at = time.monotonic()
        self._first = 0
        leases.join(stage, self._owner)
        store.wakes(self._flag, inputs)

    def poll(self, until: int | None) -> list[Record]:
        """Records of owned partitions; see `Session.poll`. It ends soon, so that a clock that jumps is looked at."""
        deadline = time.monotonic() + LOOK_SECONDS
        while True:
            woken = self._flag.is_set()  # by what came since the last poll, too
            self._flag.clear()
            changed = self._look_after_ownership()
            self._first = (self._first + 1) % self._partitions  # each time another, so that none starves
            found = self._store.page(self._positions, BATCH, self._first)
            wait = RENEW_SECONDS if until is None else min(RENEW_SECONDS, (until - wall_clock()) / 1000)
            if found or changed or woken or wait <= 0 or time.monotonic() >= deadline:
                return found
            self._flag.wait(wait)

    def _look_after_ownership(self) -> bool:
        """Every so often; returns whether anything moved."""
        if time.monotonic() < self._balance_at:
            return False
        self._balance_at = time.monotonic() + RENEW_SECONDS
        if moved := self._share.balance():
            self._recent.forget()
            committed = self._store.group_offsets(self._stage, self._inputs)
            owned = [(name, p) for p in sorted(self._share.epochs) for name in self._inputs]
            self._positions = {at: committed.get(at, 0) for at in owned}
        return moved

    def owned(self) -> Mapping[int, int]:
        """The epoch of each owned partition."""
        return dict(self._share.epochs)

    def tables(self, partition: int) -> SqliteRows:
        """The committed rows of a partition."""
        return SqliteRows(self._store.database, self._stage, partition, self._recent)

    def commit(self, works: Sequence[Work]) -> None:
        """All works in one transaction; see `Session.commit`."""
        outs = [out for work in works for out in work.outputs]
        try:
            with self._store.own.appending(len(outs)), self._store.database.transaction() as db:
                self._share.check(db, works)
                self._write(db, works)
                self._store.insert(db, outs)
        except LogError as error:
            self.aborts += 1
            self._recent.forget()
            if isinstance(error, Fenced):
                self._balance_at = time.monotonic()  # at the next poll
            raise
        for work in works:
            self._positions.update({(topic, work.partition): offset for topic, offset in work.next_offsets.items()})
        self._recent.committed(works)
        self._store.wake(outs)

    def _write(self, db: sqlite3.Connection, works: Sequence[Work]) -> None:
        """Offsets and rows of all works, a statement for each kind: one for each work would cost more than its rows."""
        offsets = [(work.partition, *passed) for work in works for passed in work.next_offsets.items()]
        changes = [(work.partition, change) for work in works for change in work.changes]
        db.executemany(
            "INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?)",
            [(self._stage, self._store.topic(name)[0], partition, offset) for partition, name, offset in offsets],
        )
        db.executemany(
            "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?, ?)",
            [(self._stage, p, c.table, c.key, c.value, c.due) for p, c in changes if c.value is not None],
        )
        db.executemany(
            "DELETE FROM row WHERE stage = ? AND partition = ? AND name = ? AND key = ?",
            [(self._stage, p, c.table, c.key) for p, c in changes if c.value is None],
        )

    def wake(self) -> None:
        """Ends a `poll` that blocks."""
        self._flag.set()

    def close(self) -> None:
        """Gives partitions and lease back."""
        self._store.wakes(self._flag, ())
        self._leases.leave(self._stage, self._owner)
        self._share.epochs = {}
