"""A member of a consumer group on the embedded stream.

Ownership is a row per partition (owner, epoch) and a lease per member. A share is ceil(partitions / live members);
free partitions and those of the dead are taken with epoch + 1, and a commit checks the epoch again, so that a member
that was thought dead can do no harm.
"""

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stream.log.port import Fenced, LogError, Work
from stream.log.records import Record, Tick
from stream.sqlite.database import Database

if TYPE_CHECKING:
    from stream.sqlite.log import SqliteLog

__all__ = ["SqliteRows", "SqliteSession"]

LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.5
LOOK_SECONDS = 3.0
LONGEST_LEASE = 60_000  # ms, with what processes' clocks may differ by
BATCH = 200


def _now() -> int:
    return time.time_ns() // 1_000_000


class SqliteRows:
    """The committed rows of one partition of one stage."""

    def __init__(self, database: Database, stage: str, partition: int) -> None:
        self._read = database.read
        self._of = (stage, partition)

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        query = "SELECT value FROM row WHERE stage = ? AND partition = ? AND name = ? AND key = ?"
        rows = self._read(query, (*self._of, table, key))
        return rows[0][0] if rows else None

    def items(self, table: str) -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys."""
        query = "SELECT key, value FROM row WHERE stage = ? AND partition = ? AND name = ? ORDER BY key"
        return iter(self._read(query, (*self._of, table)))

    def due(self, now: int, limit: int) -> list[Tick]:
        """The rows whose time has come, earliest first."""
        rows = self._read(
            "SELECT name, key, due FROM row WHERE stage = ? AND partition = ? AND due <= ? "
            "ORDER BY due, name, key LIMIT ?",
            (*self._of, now, limit),
        )
        return [Tick(*row) for row in rows]

    def next_due(self) -> int | None:
        """The earliest due time of all rows, or None."""
        query = "SELECT MIN(due) FROM row WHERE stage = ? AND partition = ? AND due IS NOT NULL"
        found = self._read(query, self._of)[0][0]
        return None if found is None else int(found)


class SqliteSession:
    """See `stream.log.port.Session`."""

    def __init__(self, log: "SqliteLog", stage: str, inputs: Sequence[str]) -> None:
        self.eager = False
        self.aborts = 0
        self._log = log
        self._stage = stage
        self._inputs = tuple(inputs)
        counts = {log.topic(name)[1] for name in inputs}
        if len(counts) != 1:
            raise LogError(f"the inputs of {stage} differ in partitions: {sorted(counts)}")
        self._partitions = counts.pop()
        self._owner = uuid.uuid4().hex
        self._epochs: dict[int, int] = {}
        self._positions: dict[tuple[str, int], int] = {}
        self._flag = threading.Event()
        self._looked_at = -LEASE_SECONDS
        self._first = 0
        log.join(stage, self._owner)
        log.wakes.subscribe(inputs, self._flag)

    def poll(self, until: int | None) -> list[Record]:
        """Records of owned partitions; see `Session.poll`. It ends soon, so that a clock that jumps is looked at."""
        deadline = time.monotonic() + LOOK_SECONDS
        while True:
            woken = self._flag.is_set()  # by what came since the last poll, too
            self._flag.clear()
            changed = self._look_after_ownership()
            found = self._read()
            wait = RENEW_SECONDS if until is None else min(RENEW_SECONDS, (until - _now()) / 1000)
            if found or changed or woken or wait <= 0 or time.monotonic() >= deadline:
                return found
            self._flag.wait(wait)

    def _read(self) -> list[Record]:
        """A batch, beginning each time with the partition after the last one's first, so that none starves."""
        found: list[Record] = []
        ends = self._log.ends(self._inputs)
        self._first = (self._first + 1) % self._partitions
        for partition in sorted(self._epochs, key=lambda p: (p - self._first) % self._partitions):
            for topic in self._inputs:
                at = self._positions.get((topic, partition), 0)
                if at < ends[topic, partition] and len(found) < BATCH:
                    found += self._log.read(topic, partition, at, BATCH - len(found))
        return found

    def owned(self) -> Mapping[int, int]:
        """The epoch of each owned partition."""
        return dict(self._epochs)

    def tables(self, partition: int) -> SqliteRows:
        """The committed rows of a partition."""
        return SqliteRows(self._log.database, self._stage, partition)

    def commit(self, works: Sequence[Work]) -> None:
        """All works in one transaction; see `Session.commit`."""
        outs = [out for work in works for out in work.outputs]
        try:
            with self._log.database.transaction() as db:
                for work in works:
                    self._check_epoch(db, work)
                    self._write(db, work)
                self._log.insert(db, outs)
        except LogError as error:
            self.aborts += 1
            if isinstance(error, Fenced):
                self._looked_at = -LEASE_SECONDS  # at the next poll
            raise
        for work in works:
            for topic, offset in work.next_offsets.items():
                self._positions[topic, work.partition] = offset
        self._log.wakes.notify({out.topic for out in outs})

    def _check_epoch(self, db: sqlite3.Connection, work: Work) -> None:
        row = db.execute(
            "SELECT owner, epoch FROM ownership WHERE stage = ? AND partition = ?", (self._stage, work.partition)
        ).fetchone()
        if row != (self._owner, work.epoch):
            raise Fenced(f"partition {work.partition} of {self._stage} has another owner by now")

    def _write(self, db: sqlite3.Connection, work: Work) -> None:
        at = (self._stage, work.partition)
        db.executemany(
            "INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?)",
            [(self._stage, self._log.topic(name)[0], work.partition, o) for name, o in work.next_offsets.items()],
        )
        db.executemany(
            "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?, ?)",
            [(*at, c.table, c.key, c.value, c.due) for c in work.changes if c.value is not None],
        )
        db.executemany(
            "DELETE FROM row WHERE stage = ? AND partition = ? AND name = ? AND key = ?",
            [(*at, c.table, c.key) for c in work.changes if c.value is None],
        )

    def wake(self) -> None:
        """Ends a `poll` that blocks."""
        self._flag.set()

    def close(self) -> None:
        """Gives partitions and lease back."""
        self._log.wakes.unsubscribe(self._flag)
        self._log.leave(self._stage, self._owner)
        self._epochs = {}

    def _look_after_ownership(self) -> bool:
        """Takes or gives back partitions every so often; returns whether anything moved."""
        if time.monotonic() - self._looked_at < RENEW_SECONDS:
            return False
        self._looked_at = time.monotonic()
        if not self._moves():
            return False
        with self._log.database.transaction() as db:
            moves = self._moves()  # again, now that nobody else can change it
            db.executemany(
                "INSERT OR REPLACE INTO ownership VALUES (?, ?, ?, ?)",
                [(self._stage, partition, owner, epoch) for partition, (owner, epoch) in moves.items()],
            )
            mine = db.execute(
                "SELECT partition, epoch FROM ownership WHERE stage = ? AND owner = ?", (self._stage, self._owner)
            )
            self._epochs = dict(mine.fetchall())
        committed = self._log.group_offsets(self._stage, self._inputs)
        self._positions = {at: offset for at, offset in committed.items() if at[1] in self._epochs}
        return True

    def _moves(self) -> dict[int, tuple[str | None, int]]:
        """What should change in ownership, as {partition: (owner, epoch)}; also tells where ours was taken."""
        read = self._log.database.read
        # A lease that lies further ahead than any is renewed for was written by a clock that was wrong.
        between = (_now(), _now() + LONGEST_LEASE)
        members = read("SELECT owner FROM member WHERE stage = ? AND lease BETWEEN ? AND ?", (self._stage, *between))
        live = {owner for (owner,) in members} | {self._owner}
        owners: dict[int, tuple[str | None, int]] = dict.fromkeys(range(self._partitions), (None, 0))
        rows = read("SELECT partition, owner, epoch FROM ownership WHERE stage = ?", (self._stage,))
        owners.update({partition: (owner if owner in live else None, epoch) for partition, owner, epoch in rows})
        share = -(-self._partitions // len(live))
        mine = [p for p, (owner, _) in owners.items() if owner == self._owner]
        taken = {p: owners[p] for p, epoch in self._epochs.items() if owners[p] != (self._owner, epoch)}
        surplus = {p: (None, owners[p][1]) for p in mine[share:]}
        free = [p for p, (owner, _) in owners.items() if owner is None and p not in taken]
        wanted = {p: (self._owner, owners[p][1] + 1) for p in free[: max(0, share - len(mine))]}
        return {**taken, **surplus, **wanted}
