"""What is folded into a digest is told once, whenever the process that matches dies: on both backends."""

import threading
from itertools import cycle
from typing import Any

import pytest

from stream.engine.worker import Worker
from stream.log.port import Log, Session, Work
from stream.log.records import Out
from stream.matching.rows import HELD
from stream.matching.stage import MatchStage
from stream.records import Outbound, decode, encode
from stream.units import HOUR
from tests.stream.backends import read_all, until
from tests.stream.fakes import RecordingHooks, SetClock
from tests.stream.matching.test_holding import NOON, story
from tests.stream.matching.test_related import like
from tests.stream.matching.test_stage import subscription

STAGE = MatchStage(("t",))


class Killed(Exception):
    """The process has died."""


class Mortal:
    """A session whose process dies at its next commits: before one has landed (`dies` is -1), or right after (1)."""

    def __init__(self, session: Session, dies: int) -> None:
        self._session, self._dies = session, dies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def commit(self, works: list[Work]) -> None:
        if self._dies >= 0:
            self._session.commit(works)
        if self._dies:
            raise Killed


class Matching:
    """The stage at work on a stream, with another process after each death."""

    def __init__(self, log: Log) -> None:
        self.log, self.clock, self.deaths = log, SetClock(NOON), 0
        self._ways = cycle((-1, 1))

    def live(self, deaths: int) -> None:
        """Works off all that is there and due, dying so many times before that."""
        for _ in range(deaths):
            with pytest.raises(Killed):
                self._work(next(self._ways))
            self.deaths += 1
        self._work(0)

    def _work(self, dies: int) -> None:
        session = self.log.session(STAGE.name, STAGE.inputs)
        worker = Worker(STAGE, self.log, Mortal(session, dies), self.clock, RecordingHooks())  # type: ignore[arg-type]
        try:
            until(lambda: worker.idle and not self.log.lag(STAGE.name, STAGE.inputs).records, lambda: _step(worker))
            if dies:  # nothing was left to do when it came to life: it dies all the same
                raise Killed
        finally:
            worker.close()

    @property
    def sent(self) -> list[Outbound]:
        return [decode(record.value, Outbound) for record in read_all(self.log, "outbox")]


def _step(worker: Worker) -> None:
    """One step, which a wake ends where there is nothing to wait for; sooner, no group would be joined."""
    nudge = threading.Timer(0.3, worker.wake)
    nudge.start()
    worker.step()
    nudge.cancel()


@pytest.mark.timeout(600)
def test_what_is_folded_is_told_once_over_kills(log: Log):
    matching = Matching(log)
    log.append([Out("subscriptions", "s", encode(subscription(related="fold")))])
    course = [
        story(0),
        like(1, 0),
        like(2, 0, 1),
        story(1, 1, "update"),
        story(3),
        like(4, 3, 0),
        story(4, 1, "retracted"),
    ]
    for part in (course[:3], course[3:]):
        log.append([Out("alerts.t", alert.story, encode(alert)) for alert in part])
        matching.live(deaths=2)
    assert [(out.alert.id, out.alert.seq) for out in matching.sent if out.alert] == [("a0", 0), ("a3", 0)]
    assert sorted(log.rows(STAGE.name, HELD.name)) == ["s/a1", "s/a2"]
    matching.clock.now = NOON + 24 * HOUR
    matching.live(deaths=2)
    matching.live(deaths=1)
    *_, digest = matching.sent
    assert [(alert.id, alert.seq) for alert in digest.alerts] == [("a1", 1), ("a2", 0)]
    assert (len(matching.sent), log.rows(STAGE.name, HELD.name), matching.deaths) == (3, {}, 7)
