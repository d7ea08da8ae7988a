"""What a worker owns: its partitions, what is derived of their rows, the requests in execution, and the timers."""

import math
from collections.abc import Sequence

from stream.engine.batch import REQUESTS, RETRY_AFTER, load_request
from stream.engine.derived import Derivation, Kept, Keys
from stream.engine.executor import RequestExecutor
from stream.engine.hooks import Alarm
from stream.engine.stage import Event
from stream.engine.timers import every_armed
from stream.log.port import Session, Work
from stream.log.records import Tick

__all__ = ["Ownership"]

DUE_AT_ONCE = 500
_ASKED = Derivation(REQUESTS, Keys)  # the requests that have no result yet


class Ownership:
    """The owned partitions as of the last look, by their epochs; used by the worker's thread only.

    `horizon` (ms) is the last time whose timers ring. Without an `alarm` they ring by the session's own clock.
    """

    def __init__(self, session: Session, executor: RequestExecutor, alarm: Alarm | None, horizon: int) -> None:
        self._session = session
        self._executor = executor
        self._alarm = alarm
        self._horizon = horizon
        self.epochs: dict[int, int] = {}
        self.kept: dict[int, Kept] = {}  # what its stage has derived from the rows of each partition

    def follow(self) -> set[int]:
        """Drops what belongs to lost partitions, takes up requests and timers of gained ones; returns what changed."""
        owned = dict(self._session.owned())
        lost = {partition for partition, epoch in self.epochs.items() if owned.get(partition) != epoch}
        for partition in lost:
            self._lose(partition)
        gained = owned.keys() - self.epochs.keys()
        for partition in gained:
            self._gain(partition, owned[partition])
        return lost | gained

    def reset(self) -> None:
        """Drops everything, so that all is read again, as a new owner would."""
        for partition in list(self.epochs):
            self._lose(partition)

    def forget(self) -> None:
        """Throws away what is derived of the rows: whether the last commit has landed is not known."""
        for kept in self.kept.values():
            kept.forget()

    def _lose(self, partition: int) -> None:
        self._executor.forget(partition)
        del self.epochs[partition], self.kept[partition]

    def _gain(self, partition: int, epoch: int) -> None:
        self.epochs[partition] = epoch
        self.kept[partition] = Kept()
        rows = self._session.tables(partition)
        waiting = {tick.key for tick, _ in rows.armed(REQUESTS)}
        for key, value in rows.items(REQUESTS):
            if key not in waiting:
                self._executor.start(partition, epoch, load_request(key, value))
        if self._alarm:
            self._alarm.gained(every_armed(rows))

    def committed(self, works: Sequence[Work]) -> None:
        """These have landed: what is derived of their rows follows, and their timers ring anew."""
        for work in works:
            self.kept[work.partition].committed(work.changes)
            if self._alarm:
                self._alarm.changed(work.changes)

    def until(self, now: int) -> int | None:
        """When the session has to wake us: for a request that waits, and for timers where there is no alarm."""
        timers = [] if self._alarm else [self._session.tables(p).next_due() for p in self.epochs]
        times = [due for due in timers if due is not None and due <= self._horizon]
        if (wait := self._executor.next_start) is not None:
            times.append(now + math.ceil(wait * 1000))
        return min(times, default=None)

    def results(self, now: int) -> list[tuple[int, Event]]:
        """What has been executed, by partition; what belongs to an old epoch is executed again by its new owner."""
        found: list[tuple[int, Event]] = []
        for done in self._executor.finished():
            if self.epochs.get(done.partition) != done.epoch:
                continue
            if done.request.id in self.kept[done.partition].state(_ASKED, self._session.tables(done.partition), {}):
                # what raised is treated as a request whose time comes again in an hour
                again = Tick(REQUESTS, done.request.id, now + RETRY_AFTER)
                found.append((done.partition, done.result or again))
        return found

    def due(self, now: int) -> list[tuple[int, Event]]:
        """The timers that ring, by partition."""
        until = min(now, self._horizon)
        return [(p, tick) for p in self.epochs for tick in self._session.tables(p).due(until, DUE_AT_ONCE)]

    def close(self) -> None:
        """Ends every wake-up."""
        if self._alarm:
            self._alarm.close()
