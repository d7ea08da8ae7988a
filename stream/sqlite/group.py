"""Consumer groups of the embedded stream: who of a stage's members owns which partition.

Ownership is a row per partition (owner, epoch) and a lease per member. A share is ceil(partitions / live members);
free partitions and those of the dead are taken with epoch + 1, and a commit checks the epoch again, so that a member
that was thought dead can do no harm.
"""

import sqlite3
import threading
from collections.abc import Sequence

from stream.engine.clock import wall_clock
from stream.log.port import Fenced, LogError, Work
from stream.sqlite.database import Database

__all__ = ["RENEW_SECONDS", "Leases", "Share"]

LEASE_MS = 6_000
RENEW_SECONDS = 1.5
LONGEST_LEASE = 60_000  # ms, with what processes' clocks may differ by


class Leases:
    """The members that live in this process, as (stage, owner), and their leases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._members: set[tuple[str, str]] = set()
        self._lock = threading.Lock()  # a renewal must not bring back the lease of a member that has just left

    def join(self, stage: str, owner: str) -> None:
        """Makes a member of a stage's group, whose lease is renewed until it leaves."""
        with self._lock:
            self._members.add((stage, owner))
        try:
            self.renew()
        except LogError:  # whoever could not join must not be kept alive as a member that does nothing
            with self._lock:
                self._members.discard((stage, owner))
            raise

    def leave(self, stage: str, owner: str) -> None:
        """Gives a member's lease and partitions back."""
        with self._lock:
            self._members.discard((stage, owner))  # first, for its lease must not be renewed if the rest fails
        with self._database.transaction() as db:
            db.execute("UPDATE ownership SET owner = NULL WHERE stage = ? AND owner = ?", (stage, owner))
            db.execute("DELETE FROM member WHERE stage = ? AND owner = ?", (stage, owner))

    def renew(self) -> None:
        """Makes every lease last for `LEASE_MS` from now on."""
        lease = wall_clock() + LEASE_MS
        with self._lock:
            if rows := [(*member, lease) for member in self._members]:
                with self._database.transaction() as db:
                    db.executemany("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", rows)


class Share:
    """What one member owns of a stage's partitions."""

    def __init__(self, database: Database, stage: str, owner: str, partitions: int) -> None:
        self._database = database
        self._stage = stage
        self._owner = owner
        self._partitions = partitions
        self.epochs: dict[int, int] = {}

    def balance(self) -> bool:
        """Takes or gives back partitions, or learns that some were taken; returns whether anything moved."""
        if not self._moves():
            return False
        with self._database.transaction() as db:
            moves = self._moves()  # again, now that nobody else can change it
            db.executemany(
                "INSERT OR REPLACE INTO ownership VALUES (?, ?, ?, ?)",
                [(self._stage, partition, owner, epoch) for partition, (owner, epoch) in moves.items()],
            )
            query = "SELECT partition, epoch FROM ownership WHERE stage = ? AND owner = ?"
            self.epochs = dict(db.execute(query, (self._stage, self._owner)))
        return True

    def check(self, db: sqlite3.Connection, works: Sequence[Work]) -> None:
        """Raises `Fenced` where a work's partition is not owned in its epoch, as this transaction sees it."""
        query = "SELECT partition, epoch FROM ownership WHERE stage = ? AND owner = ?"
        owned = dict(db.execute(query, (self._stage, self._owner)))
        for work in works:
            if owned.get(work.partition) != work.epoch:
                raise Fenced(f"partition {work.partition} of {self._stage} has another owner by now")

    def _moves(self) -> dict[int, tuple[str | None, int]]:
        """What should change in ownership, as {partition: (owner, epoch)}; also tells where ours was taken."""
        # A lease that lies further ahead than any is renewed for was written by a clock that was wrong.
        between = (wall_clock(), wall_clock() + LONGEST_LEASE)
        query = "SELECT owner FROM member WHERE stage = ? AND lease BETWEEN ? AND ?"
        members = self._database.read(query, (self._stage, *between))
        live = {owner for (owner,) in members} | {self._owner}
        owners: dict[int, tuple[str | None, int]] = dict.fromkeys(range(self._partitions), (None, 0))
        rows = self._database.read("SELECT partition, owner, epoch FROM ownership WHERE stage = ?", (self._stage,))
        owners.update({partition: (owner if owner in live else None, epoch) for partition, owner, epoch in rows})
        share = -(-self._partitions // len(live))
        mine = [p for p, (owner, _) in owners.items() if owner == self._owner]
        taken = {p: owners[p] for p, epoch in self.epochs.items() if owners[p] != (self._owner, epoch)}
        surplus = {p: (None, owners[p][1]) for p in mine[share:]}
        free = [p for p, (owner, _) in owners.items() if owner is None and p not in taken]
        wanted = {p: (self._owner, owners[p][1] + 1) for p in free[: max(0, share - len(mine))]}
        return {**taken, **surplus, **wanted}
