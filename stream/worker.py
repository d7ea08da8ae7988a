"""The worker: the one loop under all stages. It polls, lets the stage decide, commits, and only then acts.

What is committed is exactly once; what is performed is at least once. Requests are rows of the table `requests`,
written in the commit that asks for them and deleted in the commit of their Result, so that a new owner starts again
whatever was not done.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from stream.log import Fenced, Log, Session, Work
from stream.logs import fields
from stream.narration import narrate
from stream.performer import Done, Perform, Performer, Queue
from stream.records import Event as HealthEvent
from stream.records import encode
from stream.stage import Change, Effects, Event, Out, Record, Stage, Tick
from stream.turn import REQUESTS, load_request, take_turn
from stream.view import View

__all__ = ["Alarm", "Hooks", "Worker"]

log = logging.getLogger(__name__)

DUE_AT_ONCE = 500
ALL = 1 << 31
RETRY_AFTER = 3_600_000
CLOSE_SECONDS = 3.0


class Hooks(Protocol):
    """Counts what happened; told after the commit."""

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> None:
        """These events have been passed, these records have landed, and these are the facts of the decision."""
        ...

    def fenced(self, stage: str) -> None:
        """A commit was refused since a partition has moved."""
        ...


class Alarm(Protocol):
    """Holds the wake-ups of rows that are armed, in place of the session's own clock."""

    def gained(self, partition: int, ticks: Sequence[Tick]) -> None:
        """A partition was gained, with these armed rows."""
        ...

    def lost(self, partition: int) -> None:
        """A partition was lost."""
        ...

    def changed(self, partition: int, changes: Sequence[Change]) -> None:
        """These rows were committed."""
        ...

    def close(self) -> None:
        """Ends every wake-up."""
        ...


class Worker:
    """Runs one stage as one member of its group.

    After a step that had something to do it rests for `pause` seconds, so that what comes meanwhile lands in one commit
    and not in one each. `horizon` (ms) keeps rows that are due later from ticking: `--once` works off what was due when
    it began.
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
        queue: Queue | None = None,
        pause: float = 0.0,
        horizon: int | None = None,
    ) -> None:
        self.stage = stage
        self._clock = clock
        self._hooks = hooks
        self._pause = pause
        self._horizon = ALL << 20 if horizon is None else horizon
        self._views = {topic: View(stream.reader([topic])) for topic in stage.views}
        self._session = session
        self._performer = Performer(perform or {}, concurrency, self._session.wake, queue)
        self._alarm = alarm(self._session.wake) if alarm else None
        self._epochs: dict[int, int] = {}
        self._now = 0
        self._passed = False  # whether the last step had something to do
        self.idle = False  # nothing was done at the last step, nothing flies and nothing is due

    def run(self, stop: threading.Event, stepped: Callable[[], None] = lambda: None) -> None:
        """Repeats `step` until `stop` is set; `wake` makes it look.

        Then what flies is given a moment, and what came back is committed: the next owner need not perform it again.
        """
        while not stop.is_set():
            passed = self.step()
            stepped()
            if passed and self._pause:
                stop.wait(self._pause)
        self._performer.close(CLOSE_SECONDS)
        self._pass(self._results())

    def wake(self) -> None:
        """Ends a wait; callable from any thread."""
        self._session.wake()

    def step(self) -> int:
        """One turn of all partitions that have events; returns how many events were passed.

        After one that had something to do the next does not wait: only a step that finds nothing is idle.
        """
        self._session.eager = self._performer.flying > 0
        records = self._session.poll(0 if self._passed else self._until())
        self._now = max(self._now, self._clock())
        self._follow_ownership()
        events = [*self._owned(records), *self._results(), *self._due()]
        done = self._pass(events)
        self._passed = bool(events)
        self.idle = not events and not self._performer.busy and not self._due()
        return len(events) if done else 0

    def _pass(self, events: Sequence[tuple[int, Event]]) -> bool:
        """Decides on these events by partition, commits, and only then acts; False if the commit was refused."""
        by_partition: dict[int, list[Event]] = {}
        for partition, event in events:
            by_partition.setdefault(partition, []).append(event)
        for view in self._views.values():
            view.advance()
        works, facts, started = [], [], []
        for partition, mine in by_partition.items():
            effects = self._turn(partition, mine)
            works.append(self._work(partition, mine, effects))
            facts.append(effects.facts)
            started += [(partition, self._epochs[partition], request) for request in effects.requests]
        if works:
            try:
                self._session.commit(works)
            except Fenced:
                self._hooks.fenced(self.stage.name)
                self._reset()
                return False
            self._after_commit(by_partition, works, facts)
        for start in started:
            self._performer.start(*start)
        return True

    def _until(self) -> int | None:
        """When the session's own clock has to wake us: for a request's turn, and for rows unless an alarm does that."""
        armed = [] if self._alarm else [self._session.tables(p).next_due() for p in self._epochs]
        times = [due for due in armed if due is not None and due <= self._horizon]
        if (wait := self._performer.next_start) is not None:
            times.append(self._clock() + math.ceil(wait * 1000))
        return min(times, default=None)

    def _follow_ownership(self) -> None:
        """Drops what belongs to lost partitions; takes up the requests and timers of gained ones."""
        owned = dict(self._session.owned())
        for partition, epoch in list(self._epochs.items()):
            if owned.get(partition) != epoch:
                self._performer.forget(partition)
                if self._alarm:
                    self._alarm.lost(partition)
                del self._epochs[partition]
        for partition, epoch in owned.items():
            if partition not in self._epochs:
                self._epochs[partition] = epoch
                rows = self._session.tables(partition)
                waiting = {t.key for t in rows.due(ALL << 20, ALL) if t.table == REQUESTS}
                for key, value in rows.items(REQUESTS):
                    if key not in waiting:
                        self._performer.start(partition, epoch, load_request(key, value))
                if self._alarm:
                    self._alarm.gained(partition, rows.due(ALL << 20, ALL))

    def _reset(self) -> None:
        """After a refused commit everything is read again, as a new owner would."""
        for partition in list(self._epochs):
            self._performer.forget(partition)
            if self._alarm:
                self._alarm.lost(partition)
        self._epochs = {}
        self.idle = False

    def _owned(self, records: Sequence[Record]) -> list[tuple[int, Event]]:
        """Records by partition; what is not owned any more is left to its owner."""
        return [(record.partition, record) for record in records if record.partition in self._epochs]

    def _results(self) -> list[tuple[int, Event]]:
        """What has been performed; what belongs to an old epoch is performed again by its new owner."""
        found: list[tuple[int, Event]] = []
        for done in self._performer.finished():
            if self._epochs.get(done.partition) != done.epoch:
                continue
            if self._session.tables(done.partition).get(REQUESTS, done.request.id) is not None:
                found.append((done.partition, done.result or self._broken(done)))
        return found

    def _due(self) -> list[tuple[int, Event]]:
        now = min(self._now, self._horizon)
        return [(p, tick) for p in self._epochs for tick in self._session.tables(p).due(now, DUE_AT_ONCE)]

    def _broken(self, done: Done) -> Tick:
        """A request that could not be performed is treated as one whose time comes again in an hour."""
        return Tick(REQUESTS, done.request.id, self._now + RETRY_AFTER)

    def _turn(self, partition: int, events: Sequence[Event]) -> Effects:
        """The stage's decision, and the worker's own about requests that are armed again."""
        rows = self._session.tables(partition)
        views = {topic: view.rows for topic, view in self._views.items()}
        own = [e for e in events if isinstance(e, Tick) and e.table == REQUESTS]
        effects = take_turn(self.stage, rows, views, [e for e in events if e not in own], self._now)
        if not own:
            return effects
        outs, changes, requests = list(effects.outputs), list(effects.changes), list(effects.requests)
        for tick in own:
            value = rows.get(REQUESTS, tick.key)
            if value is None:
                continue
            if tick.due > self._now:
                subject = f"{self.stage.name}/{REQUESTS}/{tick.key}"
                told = HealthEvent(subject=subject, kind="request failed", message="it is tried again", at=self._now)
                outs.append(Out("events", subject, encode(told)))
                changes.append(Change(REQUESTS, tick.key, value, tick.due))
            else:
                changes.append(Change(REQUESTS, tick.key, value))
                requests.append(load_request(tick.key, value))
        return Effects(outs, changes, requests, effects.facts)

    def _work(self, partition: int, events: Sequence[Event], effects: Effects) -> Work:
        passed = {e.topic: e.offset + 1 for e in events if isinstance(e, Record)}
        return Work(partition, self._epochs[partition], passed, effects.outputs, effects.changes)

    def _after_commit(
        self, events: Mapping[int, Sequence[Event]], works: Sequence[Work], facts: Sequence[Mapping[str, int]]
    ) -> None:
        for work, told in zip(works, facts, strict=True):
            if self._alarm:
                self._alarm.changed(work.partition, work.changes)
            self._hooks.committed(self.stage.name, events[work.partition], work.outputs, told)
            narrate(self.stage.name, work.outputs)
            log.debug(
                "%s has committed",
                self.stage.name,
                extra=fields(partition=work.partition, events=len(events[work.partition]), outputs=len(work.outputs)),
            )

    def close(self) -> None:
        """Leaves the group; what flies is given a moment and else abandoned to the next owner."""
        self._performer.close(CLOSE_SECONDS)
        if self._alarm:
            self._alarm.close()
        self._session.close()
        for view in self._views.values():
            view.close()
