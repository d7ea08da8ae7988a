"""The worker: the one loop under all stages. It polls, lets the stage decide, commits, and only then acts.

What is committed is exactly once; what is performed is at least once. Requests are rows of the table `requests`,
written in the commit that asks for them and deleted in the commit of their Result, so that a new owner starts again
whatever was not done.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from stream.engine.batch import REQUESTS, RETRY_AFTER, decide_batch, load_request, retry_requests
from stream.engine.clock import StageClock
from stream.engine.executor import Perform, RateLimit, RequestExecutor
from stream.engine.hooks import Alarm, Hooks
from stream.engine.pace import Pace
from stream.engine.stage import Effects, Event, Stage
from stream.engine.tables import Tables
from stream.engine.timers import Longest, armed, set_right
from stream.log.global_tables import GlobalTable
from stream.log.port import Fenced, Log, Session, Work
from stream.log.records import Record, Tick
from stream.ops.commit_log import log_outputs
from stream.ops.log_format import fields

__all__ = ["Worker"]

log = logging.getLogger(__name__)

DUE_AT_ONCE = 500
EVER = 1 << 51
CLOSE_SECONDS = 3.0


class Worker:
    """Runs one stage as one member of its group.

    After a step that had something to do it rests for `pause` seconds, so that what comes meanwhile lands in one commit
    and not in one each. `horizon` (ms) keeps rows that are due later from ticking: `--once` works off what was due when
    it began. `longest` says of a row how far ahead (ms) its timer may lie, None for any time.
    """

    def __init__(
        self,
        stage: Stage,
        stream: Log,
        session: Session,
        clock: Callable[[], int],
        hooks: Hooks,
        perform: Mapping[str, Perform] | None = None,
        concurrency: int = 1,
        alarm: Callable[[Callable[[], None]], Alarm] | None = None,
        rate_limit: RateLimit | None = None,
        pause: float = 0.0,
        horizon: int | None = None,
        longest: Longest = lambda table, value: None,
    ) -> None:
        self.stage = stage
        self._clock = clock
        self._time = StageClock(clock)
        self._longest = longest
        self._unsure: set[int] = set()  # partitions whose timers may have been set by a clock that was wrong
        self._hooks = hooks
        self._pause = pause
        self._horizon = EVER if horizon is None else horizon
        self._views = {topic: GlobalTable(stream.reader([topic])) for topic in stage.views}
        self._session = session
        self._executor = RequestExecutor(perform or {}, concurrency, self._session.wake, rate_limit)
        self._alarm = alarm(self._session.wake) if alarm else None
        self._epochs: dict[int, int] = {}
        self._pace = Pace()
        self._aborts = 0
        self._passed = False  # whether the last step had something to do
        self.passed = 0  # events, since it was made
        self.idle = False  # nothing was done at the last step, nothing is in flight and nothing is due

    def run(self, stop: threading.Event, stepped: Callable[[], None] = lambda: None) -> None:
        """Repeats `step` until `stop` is set; `wake` makes it look.

        Then what is in flight is given a moment, and what came back is committed: the next owner need not perform it again.
        """
        while not stop.is_set():
            passed = self.step()
            stepped()
            if passed and self._pause:
                stop.wait(self._pause)
        self._executor.close(CLOSE_SECONDS)
        self._pass(self._results())

    def wake(self) -> None:
        """Ends a wait; callable from any thread."""
        self._session.wake()

    def step(self) -> int:
        """One batch of all partitions that have events; returns how many events were passed.

        After one that had something to do the next does not wait: only a step that finds nothing is idle.
        """
        self._session.eager = self._executor.in_flight > 0
        records = self._session.poll(0 if self._passed else self._until())
        self._follow_clock()
        self._follow_ownership()
        self._arm_sooner()
        read = [(record.partition, record) for record in records if record.partition in self._epochs]
        events = [*read, *self._results(), *self._due()]
        passed = self._pass(events)
        self.passed += passed
        self._passed = bool(events)
        self.idle = not events and not self._executor.busy
        self._hooks.stepped(self.stage.name, self._now)
        return passed

    @property
    def _now(self) -> int:
        return self._time.now

    def _follow_clock(self) -> None:
        if jump := self._time.look():
            log.warning("%s: the clock has jumped by %.0f s", self.stage.name, jump / 1000)
            self._hooks.jumped(self.stage.name)
            self._unsure |= self._epochs.keys()

    def _arm_sooner(self) -> None:
        """Timers that lie further ahead than any could were set by a clock that was wrong: they ring as late as may be.

        It is looked where a partition was gained, as another process may have set them, and where the clock has jumped.
        """
        works = []
        for partition in self._unsure & self._epochs.keys():
            if changes := set_right(self._session.tables(partition), self._longest, self._now):
                log.warning("%s: %d timers were set by a clock that was wrong", self.stage.name, len(changes))
                works.append(Work(partition, self._epochs[partition], {}, (), changes))
        self._unsure.clear()
        if works and self._commit(works) and self._alarm:
            for work in works:
                self._alarm.changed(work.partition, work.changes)

    def _pass(self, events: Sequence[tuple[int, Event]]) -> int:
        """Decides on these events by partition, commits, and only then acts; returns how many were passed.

        That is none where the commit was refused, and not all where the time for a step was over.
        """
        by_partition: dict[int, list[Event]] = {}
        for partition, event in events:
            by_partition.setdefault(partition, []).append(event)
        for view in self._views.values():
            view.advance()
        works, facts, started = [], [], []
        for partition in self._pace.begin(by_partition):
            mine, effects = self._decide(partition, by_partition[partition])
            by_partition[partition] = mine
            if not mine:
                continue
            epoch, offsets = self._epochs[partition], {e.topic: e.offset + 1 for e in mine if isinstance(e, Record)}
            works.append(Work(partition, epoch, offsets, effects.outputs, effects.changes))
            facts.append(effects.facts)
            started += [(partition, epoch, request) for request in effects.requests]
        if works:
            if not self._commit(works):
                return 0
            self._after_commit(by_partition, works, facts)
        for start in started:
            self._executor.start(*start)
        return sum(len(passed) for passed in by_partition.values())

    def _commit(self, works: Sequence[Work]) -> bool:
        """Whether all has landed; else a partition has moved, and everything is read again."""
        began = time.perf_counter()
        try:
            self._session.commit(works)
        except Fenced:
            self._hooks.fenced(self.stage.name)
            self._pace.slow_down()
            self._reset()
            return False
        finally:
            if times := self._session.aborts - self._aborts:
                self._hooks.aborted(self.stage.name, times)
                self._aborts += times
        self._hooks.landed(self.stage.name, works, time.perf_counter() - began)
        return True

    def _until(self) -> int | None:
        """When the session's own clock has to wake us: for a request's turn, and for rows unless an alarm does that."""
        armed = [] if self._alarm else [self._session.tables(p).next_due() for p in self._epochs]
        times = [due for due in armed if due is not None and due <= self._horizon]
        if (wait := self._executor.next_start) is not None:
            times.append(self._clock() + math.ceil(wait * 1000))
        return min(times, default=None)

    def _follow_ownership(self) -> None:
        """Drops what belongs to lost partitions; takes up the requests and timers of gained ones."""
        owned = dict(self._session.owned())
        if owned == self._epochs:
            return
        for partition, epoch in list(self._epochs.items()):
            if owned.get(partition) != epoch:
                self._lose(partition)
        for partition in owned.keys() - self._epochs.keys():
            self._gain(partition, owned[partition])
        self._hooks.owned(self.stage.name, {p: self._session.tables(p) for p in self._epochs})

    def _lose(self, partition: int) -> None:
        self._executor.forget(partition)
        if self._alarm:
            self._alarm.lost(partition)
        del self._epochs[partition]

    def _gain(self, partition: int, epoch: int) -> None:
        self._epochs[partition] = epoch
        self._unsure.add(partition)
        rows = self._session.tables(partition)
        timers = armed(rows)
        waiting = {tick.key for tick in timers if tick.table == REQUESTS}
        for key, value in rows.items(REQUESTS):
            if key not in waiting:
                self._executor.start(partition, epoch, load_request(key, value))
        if self._alarm:
            self._alarm.gained(partition, timers)

    def _reset(self) -> None:
        """After a refused commit everything is read again, as a new owner would."""
        for partition in list(self._epochs):
            self._lose(partition)
        self.idle = False

    def _results(self) -> list[tuple[int, Event]]:
        """What has been performed; what belongs to an old epoch is performed again by its new owner."""
        found: list[tuple[int, Event]] = []
        for done in self._executor.finished():
            if self._epochs.get(done.partition) != done.epoch:
                continue
            if self._session.tables(done.partition).get(REQUESTS, done.request.id) is not None:
                # what raised is treated as a request whose time comes again in an hour
                again = Tick(REQUESTS, done.request.id, self._now + RETRY_AFTER)
                found.append((done.partition, done.result or again))
        return found

    def _due(self) -> list[tuple[int, Event]]:
        now = min(self._now, self._horizon)
        return [(p, tick) for p in self._epochs for tick in self._session.tables(p).due(now, DUE_AT_ONCE)]

    def _decide(self, partition: int, events: Sequence[Event]) -> tuple[list[Event], Effects]:
        """What was decided on, and what it comes to; records for which there is no time are left for the next step."""
        rows = self._session.tables(partition)
        views = {topic: view.rows for topic, view in self._views.items()}
        records = [e for e in events if isinstance(e, Record)]
        passed: list[Event] = [e for e in events if not isinstance(e, Record)]
        again = [e for e in passed if isinstance(e, Tick) and e.table == REQUESTS]
        effects = retry_requests(self.stage.name, rows, again, self._now)
        if others := [e for e in passed if e not in again]:
            effects = effects.then(decide_batch(self.stage, Tables(rows, views), others, self._now))
        for piece in self._pace.pieces(partition, records):
            tables = Tables(rows, views, effects.changes)
            effects = effects.then(decide_batch(self.stage, tables, piece, self._now))
            passed += piece
        return passed, effects

    def _after_commit(
        self, events: Mapping[int, Sequence[Event]], works: Sequence[Work], facts: Sequence[Mapping[str, int]]
    ) -> None:
        for work, told in zip(works, facts, strict=True):
            if self._alarm:
                self._alarm.changed(work.partition, work.changes)
            self._hooks.committed(self.stage.name, events[work.partition], work.outputs, told)
            log_outputs(self.stage.name, work.outputs)
            log.debug(
                "%s has committed",
                self.stage.name,
                extra=fields(partition=work.partition, events=len(events[work.partition]), outputs=len(work.outputs)),
            )

    def close(self) -> None:
        """Leaves the group; what is in flight is given a moment and else abandoned to the next owner."""
        self._executor.close(CLOSE_SECONDS)
        if self._alarm:
            self._alarm.close()
        self._hooks.owned(self.stage.name, {})
        self._session.close()
        for view in self._views.values():
            view.close()
