"""The executor: bounded threads, each request once an epoch, and an end that waits for nothing for long."""

import threading
from queue import SimpleQueue

import pytest

from stream.engine.executor import Completed, RateLimit, RequestExecutor
from stream.engine.rate_limits import Rate
from stream.engine.stage import Request, Result

SECONDS = 20.0


class Gate:
    """A way to perform that waits until it is opened, and counts how many are inside."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered: SimpleQueue[str] = SimpleQueue()
        self.inside = 0
        self.most = 0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> bytes:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.put(request.id)
        self.open.wait(SECONDS)
        with self._lock:
            self.inside -= 1
        return request.body


class Running:
    """A executor over a gate, whose wakes can be waited for."""

    def __init__(self, concurrency: int, rate_limit: RateLimit | None = None) -> None:
        self.gate, self.other, self.woken = Gate(), Gate(), threading.Semaphore(0)
        self.now = 100.0
        performed = {"work": self.gate, "other": self.other}
        self.executor = RequestExecutor(performed, concurrency, self.woken.release, rate_limit, lambda: self.now)

    def start(self, name: str, partition: int = 0, epoch: int = 1, kind: str = "work") -> None:
        self.executor.start(partition, epoch, Request(name, kind, name.encode()))

    def gather(self, count: int) -> list[Completed]:
        """Exactly so many results, each after its wake."""
        found: list[Completed] = []
        for _ in range(count):
            assert self.woken.acquire(timeout=SECONDS)
            found += self.executor.finished()
        assert len(found) == count
        return found


@pytest.fixture
def running():
    made: list[Running] = []

    def make(concurrency: int = 2, rate_limit: RateLimit | None = None) -> Running:
        made.append(Running(concurrency, rate_limit))
        return made[-1]

    yield make
    for each in made:
        each.gate.open.set()
        each.other.open.set()
        each.executor.close(SECONDS)


def names(done: list[Completed]) -> set[str]:
    return {d.request.id for d in done}


def test_at_most_so_many_fly_at_once_and_all_come_back(running):
    run = running(2)
    for n in range(6):
        run.start(f"r{n}")
    assert {run.gate.entered.get(timeout=SECONDS) for _ in range(2)} == {"r0", "r1"}
    assert (run.executor.busy, run.gate.inside, run.gate.entered.empty()) == (6, 2, True)
    run.gate.open.set()
    done = run.gather(6)
    assert names(done) == {f"r{n}" for n in range(6)}
    assert all(d.result == Result(d.request, d.request.id.encode()) for d in done)
    assert (run.gate.most, run.executor.busy) == (2, 0)


def test_a_request_is_started_once_an_epoch(running):
    run = running(3)
    run.start("r")
    run.start("r")
    run.start("other")
    assert {run.gate.entered.get(timeout=SECONDS) for _ in range(2)} == {"r", "other"}
    run.gate.open.set()
    assert [d.request.id for d in run.gather(2)].count("r") == 1


def test_a_request_that_came_back_may_be_started_again(running):
    run = running()
    run.gate.open.set()
    run.start("r")
    run.gather(1)
    run.start("r")
    assert names(run.gather(1)) == {"r"}


def test_what_waits_for_a_lost_partition_is_dropped_and_what_flies_keeps_its_epoch(running):
    run = running(1)
    run.start("flies", partition=0, epoch=1)
    run.gate.entered.get(timeout=SECONDS)
    run.start("waits", partition=0, epoch=1)
    run.start("stays", partition=1, epoch=5)
    run.executor.forget(0)
    run.start("flies", partition=0, epoch=2)
    run.gate.open.set()
    assert {(d.request.id, d.epoch) for d in run.gather(3)} == {("flies", 1), ("stays", 5), ("flies", 2)}


def test_the_return_from_an_old_epoch_does_not_start_the_new_one_twice(running):
    run = running(2)
    run.start("r", epoch=1)
    run.gate.entered.get(timeout=SECONDS)
    run.executor.forget(0)
    run.start("r", epoch=2, kind="other")
    run.other.entered.get(timeout=SECONDS)
    run.gate.open.set()
    assert run.gather(1)[0].epoch == 1
    run.start("r", epoch=2, kind="other")
    assert run.executor.busy == 1
    run.other.open.set()
    assert run.gather(1)[0].epoch == 2


def test_what_cannot_be_performed_comes_back_without_a_result(running):
    run = running()
    run.start("r", kind="nobody performs this")
    (done,) = run.gather(1)
    assert (done.request.id, done.result, run.executor.busy) == ("r", None, 0)


def test_the_end_does_not_wait_for_what_hangs_and_starts_nothing_more(running):
    run = running(1)
    run.start("hangs")
    run.gate.entered.get(timeout=SECONDS)
    run.start("waits")
    run.executor.close(0.05)
    run.gate.open.set()
    run.executor.close(SECONDS)
    assert names(run.gather(1)) == {"hangs"}
    assert run.gate.entered.empty()


def key_of(request: Request) -> str:
    return request.id[0]


def test_what_waits_for_its_turn_holds_no_thread(running):
    run = running(3, RateLimit(key_of, lambda _: Rate(5.0)))
    run.gate.open.set()
    for name in ("a1", "a2", "a3", "b1"):
        run.start(name)
    assert names(run.gather(2)) == {"a1", "b1"}
    assert (run.executor.busy, run.executor.in_flight, run.executor.next_start) == (2, 0, 5.0)
    run.now += 5
    run.executor.finished()
    assert names(run.gather(1)) == {"a2"}
    assert run.executor.next_start == 5.0


def test_a_key_has_so_many_at_work_and_the_next_begins_when_one_has_ended(running):
    run = running(3, RateLimit(key_of, concurrency=1))
    for name in ("a1", "a2", "b1"):
        run.start(name)
    assert {run.gate.entered.get(timeout=SECONDS) for _ in range(2)} == {"a1", "b1"}
    assert (run.executor.next_start, run.gate.entered.empty()) == (None, True)
    run.gate.open.set()
    assert names(run.gather(3)) == {"a1", "a2", "b1"}


def test_what_waits_for_its_turn_is_dropped_with_its_partition(running):
    run = running(2, RateLimit(key_of, lambda _: Rate(5.0)))
    run.gate.open.set()
    run.start("a1", partition=0)
    run.start("a2", partition=1)
    run.executor.forget(1)
    run.gather(1)
    assert (run.executor.busy, run.executor.next_start) == (0, None)
