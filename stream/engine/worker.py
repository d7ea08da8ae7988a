"""The worker: the one loop under all stages. It polls, lets the stage decide, commits, and only then acts.

What is committed is exactly once; what is performed is at least once. Requests are rows of the table `requests`,
written in the commit that asks for them and deleted in the commit of their Result, so that a new owner starts again
whatever was not done.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from stream.engine.batch import REQUESTS, decide_batch, retry_requests
from stream.engine.clock import StageClock
from stream.engine.derived import Kept
from stream.engine.executor import Perform, RateLimit, RequestExecutor
from stream.engine.hooks import Alarm, Hooks
from stream.engine.ownership import Ownership
from stream.engine.pace import Pace
from stream.engine.stage import Effects, Event, Longest, Stage
from stream.engine.tables import Tables
from stream.engine.timers import set_right
from stream.log.global_tables import GlobalTable
from stream.log.port import Fenced, Log, LogError, Session, Work
from stream.log.records import Change, Record, Tick
from stream.ops.commit_log import CommitLog
from stream.ops.log_format import fields

__all__ = ["Worker"]

log = logging.getLogger(__name__)

EVER = 1 << 51
CLOSE_SECONDS = 1.5  # for requests in flight; with it a stop hands over within 3 s


class Worker:
    """Runs one stage as one member of its group.

    After a step that had something to do it rests for `pause` seconds, so that what comes meanwhile lands in one commit
    and not in one each. `horizon` (ms) keeps rows that are due later from ticking: `--once` works off what was due when
    it began. `longest` says by table how far ahead (ms) the timer of a row may lie.
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
        longest: Longest = {},  # noqa: B006  (it is not written to)
    ) -> None:
        self.stage = stage
        self._clock = clock
        self._time = StageClock(clock)
        self._longest = longest
        self._unsure: set[int] = set()  # partitions whose timers may have been set by a clock that was wrong
        self._hooks = hooks
        self._commit_log = CommitLog(stage.name)
        self._pause = pause
        self._views = {topic: GlobalTable(stream.reader([topic])) for topic in stage.views}
        self._kept_views = Kept()
        self._session = session
        self._executor = RequestExecutor(perform or {}, concurrency, self._session.wake, rate_limit)
        ringing = alarm(self._session.wake) if alarm else None
        self._owned = Ownership(session, self._executor, ringing, EVER if horizon is None else horizon)
        self._pace = Pace()
        self._aborts = 0
        self._passed = False  # whether the last step had something to do
        self.passed = 0  # events, since it was made
        self.idle = False  # nothing was done at the last step, nothing is in flight and nothing is due

    def run(self, stop: threading.Event, stepped: Callable[[], None] = lambda: None) -> None:
        """Repeats `step` until `stop` is set; `wake` makes it look.

        Then what is in flight is given a moment, and what came back is committed: the next owner need not do it again.
        """
        while not stop.is_set():
            passed = self.step()
            stepped()
            if passed and self._pause:
                stop.wait(self._pause)
        self._executor.close(CLOSE_SECONDS)
        self._pass(self._owned.results(self._now))

    def wake(self) -> None:
        """Ends a wait; callable from any thread."""
        self._session.wake()

    def step(self) -> int:
        """One batch of all partitions that have events; returns how many events were passed.

        After one that had something to do the next does not wait: only a step that finds nothing is idle.
        """
        self._session.eager = self._executor.in_flight > 0
        records = self._session.poll(0 if self._passed else self._owned.until(self._clock()))
        self._follow_clock()
        if changed := self._owned.follow():
            self._unsure |= changed
            self._hooks.owned(self.stage.name, {p: self._session.tables(p) for p in self._owned.epochs})
        self._arm_sooner()
        read = [(record.partition, record) for record in records if record.partition in self._owned.epochs]
        events = [*read, *self._owned.results(self._now), *self._owned.due(self._now)]
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
            self._unsure |= self._owned.epochs.keys()

    def _arm_sooner(self) -> None:
        """Timers that lie further ahead than any could were set by a clock that was wrong: they ring as late as may be.

        It is looked where a partition was gained, as another process may have set them, and where the clock has jumped.
        """
        works = []
        for partition in self._unsure & self._owned.epochs.keys():
            if changes := set_right(self._session.tables(partition), self._longest, self._now):
                log.warning("%s: %d timers were set by a clock that was wrong", self.stage.name, len(changes))
                works.append(Work(partition, self._owned.epochs[partition], {}, (), changes))
        self._unsure.clear()
        if works and self._commit(works):
            self._owned.committed(works)

    def _pass(self, events: Sequence[tuple[int, Event]]) -> int:
        """Decides on these events by partition, commits, and only then acts; returns how many were passed.

        That is none where the commit was refused, and not all where the time for a step was over.
        """
        by_partition: dict[int, list[Event]] = {}
        for partition, event in events:
            by_partition.setdefault(partition, []).append(event)
        for topic, view in self._views.items():  # never behind what is decided on
            least = {e.partition: e.offset for _, e in events if isinstance(e, Record) and e.topic == topic}
            self._kept_views.committed(Change(topic, record.key, record.value) for record in view.advance(least))
        works, facts, started = [], [], []
        for partition in self._pace.begin(by_partition):
            mine, effects = self._decide(partition, by_partition[partition])
            by_partition[partition] = mine
            if not mine:
                continue
            epoch, offsets = (
                self._owned.epochs[partition],
                {e.topic: e.offset + 1 for e in mine if isinstance(e, Record)},
            )
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
            self._owned.reset()
            return False
        except LogError:
            self._owned.forget()
            raise
        finally:
            if times := self._session.aborts - self._aborts:
                self._hooks.aborted(self.stage.name, times)
                self._aborts += times
        self._hooks.landed(self.stage.name, works, time.perf_counter() - began)
        return True

    def _decide(self, partition: int, events: Sequence[Event]) -> tuple[list[Event], Effects]:
        """What was decided on, and what it comes to; records for which there is no time are left for the next step."""
        rows, kept = self._session.tables(partition), (self._owned.kept[partition], self._kept_views)
        views = {topic: view.rows for topic, view in self._views.items()}
        records = [e for e in events if isinstance(e, Record)]
        passed: list[Event] = [e for e in events if not isinstance(e, Record)]
        again = [e for e in passed if isinstance(e, Tick) and e.table == REQUESTS]
        effects = retry_requests(self.stage.name, rows, again, self._now) if again else Effects()
        if others := [e for e in passed if e not in again]:
            effects = effects.then(decide_batch(self.stage, Tables(rows, views, (), *kept), others, self._now))
        for piece in self._pace.pieces(partition, records):
            tables = Tables(rows, views, effects.changes, *kept)
            effects = effects.then(decide_batch(self.stage, tables, piece, self._now))
            passed += piece
        return passed, effects

    def _after_commit(
        self, events: Mapping[int, Sequence[Event]], works: Sequence[Work], facts: Sequence[Mapping[str, int]]
    ) -> None:
        self._owned.committed(works)
        for work, counts in zip(works, facts, strict=True):
            passed = events[work.partition]
            self._hooks.committed(self.stage.name, passed, work.outputs, counts)
            self._commit_log.outputs(work.outputs)
            if log.isEnabledFor(logging.DEBUG):
                more = fields(partition=work.partition, events=len(passed), outputs=len(work.outputs))
                log.debug("%s has committed", self.stage.name, extra=more)

    def close(self) -> None:
        """Leaves the group; what is in flight is given a moment and else abandoned to the next owner."""
        self._executor.close(CLOSE_SECONDS)
        self._owned.close()
        self._hooks.owned(self.stage.name, {})
        self._session.close()
        for view in self._views.values():
            view.close()
