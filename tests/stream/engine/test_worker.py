"""The worker on a real embedded stream: ownership, requests, clock and views; `test_spine.py` has the whole way."""

import threading
import time
from collections.abc import Callable

import pytest

from stream.engine.batch import REQUESTS, RETRY_AFTER
from stream.engine.executor import Perform
from stream.engine.stage import Request, Result
from stream.engine.worker import Worker
from stream.log.port import Session
from stream.log.records import Out, Record, Tick
from stream.log.topics import Topic
from stream.records import HealthEvent, decode
from stream.sqlite import SqliteLog
from stream.units import DAY
from tests.stream.backends import read_all
from tests.stream.fakes import EachStage, RecordingHooks, SetClock

SECONDS = 20.0


def each(tables, event, now):
    """`ask:ID` asks, `arm:MS` arms, `view:KEY` says what a view has; answers and timers are said on `out`.

    `hush:MS` arms what nothing is said of.
    """
    if isinstance(event, Result):
        return [Out("out", "k", b"answer " + event.answer)], []
    if isinstance(event, Tick):
        tables.delete(event.table, event.key)
        return [Out("out", "k", b"rang at %d" % now)] if event.table == "timers" else [], []
    word, _, rest = event.value.decode().partition(":")
    if word == "ask":
        return [], [Request(rest, "work")]
    if word in ("arm", "hush"):
        tables.put("timers" if word == "arm" else "hushed", rest, b"", due=int(rest))
        return [], []
    if word == "view":
        return [Out("out", "k", tables.view("known").get(rest, b"nothing"))], []
    return [Out("out", "k", event.value)], []


class Bench:
    """A stream of one partition, and workers on it."""

    def __init__(self, log: SqliteLog) -> None:
        self.log, self.clock, self.hooks = log, SetClock(), RecordingHooks()
        self.workers: list[Worker] = []
        self.sessions: dict[Worker, Session] = {}

    def worker(self, perform: Perform = lambda _: b"done", views: tuple[str, ...] = (), **more) -> Worker:
        worker = self.member(self.log, perform, views, **more)
        self.workers.append(worker)
        return worker

    def member(self, log: SqliteLog, perform: Perform, views: tuple[str, ...] = (), **more) -> Worker:
        """A worker that nobody closes."""
        stage = EachStage(each, views=views)
        session = log.session(stage.name, stage.inputs)
        worker = Worker(stage, log, session, self.clock, self.hooks, {"work": perform}, 2, **more)
        self.sessions[worker] = session
        return worker

    def say(self, *values: str, topic: str = "in", key: str = "k") -> None:
        self.log.append([Out(topic, key, value.encode()) for value in values])

    def said(self, topic: str = "out") -> list[bytes | None]:
        return [r.value for r in read_all(self.log, topic)]

    def step(self, worker: Worker) -> int:
        """One step, which a wake ends where there is nothing to wait for."""
        nudge = threading.Timer(0.3, worker.wake)
        nudge.start()
        passed = worker.step()
        nudge.cancel()
        return passed

    def rest(self, worker: Worker) -> None:
        """Steps until the partition is owned and there is nothing left to do."""
        for _ in range(100):
            self.step(worker)
            if worker.idle and self.sessions[worker].owned():
                return
        pytest.fail("the worker does not come to rest")

    def steal(self) -> None:
        """Makes every partition another's, as when this member was thought dead."""
        with self.log.database.transaction() as db:
            db.execute("UPDATE ownership SET epoch = epoch + 1")


@pytest.fixture
def bench(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    names = ("in", "out", "dead", "events")
    log.ensure([Topic(n, 1, "delete", DAY, "k", "") for n in names] + [Topic("known", 1, "compact", None, "k", "")])
    made = Bench(log)
    yield made
    for worker in made.workers:
        worker.close()
    log.close()


def test_hooks_hear_of_events_and_outputs_after_the_commit(bench):
    bench.say("a", "b")
    bench.rest(bench.worker())
    ((events, outs),) = bench.hooks.commits
    assert [e.value for e in events if isinstance(e, Record)] == [b"a", b"b"]
    assert [o.value for o in outs] == [b"a", b"b"]


def test_a_worker_that_is_at_rest_says_so_and_no_sooner(bench):
    begun, go = threading.Event(), threading.Event()

    def perform(_: Request) -> bytes:
        begun.set()
        go.wait(SECONDS)
        return b"done"

    worker = bench.worker(perform)
    bench.say("ask:1")
    while not begun.is_set():
        bench.step(worker)
    bench.step(worker)
    assert not worker.idle
    go.set()
    bench.rest(worker)
    assert bench.said() == [b"answer done"]


def forgotten(bench: Bench) -> None:
    """Lets the leases of all members run out."""
    with bench.log.database.transaction() as db:
        db.execute("DELETE FROM member")


@pytest.mark.parametrize("leaves", [True, False])
def test_a_request_outlives_a_worker_that_ends_before_its_answer_is_committed(bench, leaves):
    begun, go = threading.Event(), threading.Event()
    elsewhere = SqliteLog(bench.log.database.path)

    def hang(_: Request) -> bytes:
        begun.set()
        go.wait(SECONDS)
        return b"too late"

    first = bench.member(elsewhere, hang)
    bench.say("ask:1")
    while not begun.is_set():
        bench.step(first)
    go.set()
    if leaves:
        first.close()
    elsewhere.close()  # and without a goodbye before it, nothing is left but a lease that runs out
    forgotten(bench)
    bench.rest(bench.worker())
    assert bench.said() == [b"answer done"]


def test_an_answer_of_an_epoch_that_has_passed_is_dropped(bench):
    flights: list[threading.Event] = [threading.Event(), threading.Event()]
    begun: list[int] = []

    def perform(_: Request) -> bytes:
        mine = len(begun)
        begun.append(mine)
        flights[mine].wait(SECONDS)
        return b"flight %d" % mine

    worker = bench.worker(perform)
    bench.say("ask:1")
    while len(begun) < 1:
        bench.step(worker)
    bench.steal()
    bench.say("a")
    while len(begun) < 2:
        bench.step(worker)
    flights[0].set()
    for _ in range(3):
        bench.step(worker)
    assert bench.said() == [b"a"]
    flights[1].set()
    bench.rest(worker)
    assert bench.said() == [b"a", b"answer flight 1"]


def test_after_a_refused_commit_everything_is_read_again_and_nothing_is_doubled(bench):
    worker = bench.worker()
    bench.say("before")
    bench.rest(worker)
    bench.steal()
    bench.say("a", "ask:1", "b")
    bench.rest(worker)
    assert bench.hooks.fences == 1
    assert bench.said() == [b"before", b"a", b"b", b"answer done"]
    assert bench.log.lag("s", ["in"]).records == 0


def test_hooks_hear_of_each_share_of_each_commit_and_of_what_did_not_land(bench):
    worker = bench.worker()
    bench.say("before")
    bench.rest(worker)
    assert (bench.hooks.shares, bench.hooks.together, bench.hooks.seen) == ([[0]], [1], bench.clock.now)
    bench.steal()
    bench.say("a")
    bench.rest(worker)
    assert (bench.hooks.shares, bench.hooks.aborts) == ([[0], [0]], 1)
    assert len(bench.hooks.together) == len(bench.hooks.commits) == 2
    worker.close()
    assert bench.hooks.shares[-1] == []


def test_an_answer_whose_commit_is_refused_is_not_lost(bench):
    """The partition comes back as it was, so that only a new beginning makes the worker perform the request again."""
    begun, go = threading.Event(), threading.Event()

    def perform(_: Request) -> bytes:
        begun.set()
        go.wait(SECONDS)
        return b"done"

    def set_epoch(by: int) -> None:
        with bench.log.database.transaction() as db:
            db.execute("UPDATE ownership SET epoch = epoch + ?", (by,))

    worker = bench.worker(perform)
    bench.say("ask:1")
    while not begun.is_set():
        bench.step(worker)
    bench.hooks.fenced = lambda stage: set_epoch(-1)
    set_epoch(1)
    go.set()
    bench.rest(worker)
    assert bench.said() == [b"answer done"]


def test_a_second_member_takes_the_partition_over_and_the_first_writes_nothing_more(bench):
    stalled = SqliteLog(bench.log.database.path)
    first = bench.member(stalled, lambda _: b"done")
    bench.say("a")
    bench.rest(first)
    forgotten(bench)
    second = bench.worker()
    bench.say("b")
    assert bench.sessions[first].poll(0)[-1].value == b"b"  # it does not know yet
    bench.rest(second)
    bench.step(first)
    assert bench.said() == [b"a", b"b"]
    assert [len(events) for events, _ in bench.hooks.commits] == [1, 1]
    first.close()
    stalled.close()


def test_what_could_not_be_performed_is_armed_for_an_hour_later_and_told(bench):
    tries: list[int] = []

    def fails_once(_: Request) -> bytes:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a defect")
        return b"done"

    worker = bench.worker(fails_once)
    bench.say("ask:1")
    bench.rest(worker)
    (told,) = [decode(v, HealthEvent) for v in bench.said("events")]
    assert (told.subject, told.kind) == (f"s/{REQUESTS}/1", "request failed")
    bench.clock.now += RETRY_AFTER - 1
    bench.rest(worker)
    assert bench.said() == []
    bench.clock.now += 1
    bench.rest(worker)
    assert bench.said() == [b"answer done"]


def test_a_new_owner_lets_a_request_wait_that_was_armed_for_later(bench):
    def fails(_: Request) -> bytes:
        raise RuntimeError("a defect")

    first = bench.worker(fails)
    bench.say("ask:1")
    bench.rest(first)
    first.close()
    bench.workers.remove(first)
    second = bench.worker()
    bench.say("a")
    bench.rest(second)
    assert bench.said() == [b"a"]
    bench.clock.now += RETRY_AFTER
    bench.rest(second)
    assert bench.said() == [b"a", b"answer done"]


def test_the_time_of_a_worker_never_goes_back(bench):
    worker = bench.worker()
    bench.clock.now = 9000
    bench.say("arm:5000")
    bench.rest(worker)
    bench.clock.now = 4000
    bench.say("arm:6000")
    bench.rest(worker)
    assert bench.said() == [b"rang at 9000", b"rang at 9000"]


YEAR = 365 * DAY


def test_a_clock_that_was_a_year_ahead_gives_way_and_timers_ring(bench):
    worker = bench.worker(longest={"timers": lambda _: 10_000})
    bench.clock.now = YEAR
    bench.say(f"arm:{YEAR + 9_000}", f"hush:{YEAR + 9_000}")
    bench.rest(worker)
    bench.clock.now = 2_000
    bench.rest(worker)
    bench.say("a")
    bench.rest(worker)
    assert bench.said() == [b"a"]
    bench.clock.now = 12_000
    bench.rest(worker)
    assert bench.said() == [b"a", b"rang at 12000"]
    assert bench.hooks.jumps >= 2


def test_timers_of_a_process_whose_clock_was_ahead_are_set_right_by_the_next_one(bench):
    wrong = bench.worker()
    bench.clock.now = YEAR
    bench.say(f"arm:{YEAR + 9_000}", "arm:5000")
    bench.rest(wrong)
    wrong.close()
    bench.clock.now = 1_000
    right = bench.worker(longest={"timers": lambda _: 10_000})
    bench.rest(right)
    bench.clock.now = 11_000
    bench.rest(right)
    assert bench.said() == [b"rang at %d" % YEAR, b"rang at 11000"]


def test_timers_ring_in_their_order_and_not_past_the_horizon(bench):
    worker = bench.worker(horizon=1500)
    bench.say("arm:1400", "arm:1600", "arm:1200")
    bench.clock.now = 2000
    bench.rest(worker)
    ticks = [e.key for events, _ in bench.hooks.commits for e in events if isinstance(e, Tick)]
    assert ticks == ["1200", "1400"]


def test_a_global_table_stands_from_the_start_and_advances_between_batches(bench):
    bench.say("one", topic="known", key="x")
    worker = bench.worker(views=("known",))
    bench.say("view:x", "view:y")
    bench.rest(worker)
    bench.say("two", topic="known", key="y")
    bench.log.append([Out("known", "x", None)])
    bench.say("view:x", "view:y")
    bench.rest(worker)
    assert bench.said() == [b"one", b"nothing", b"nothing", b"two"]


def settled(bench: Bench, worker: Worker) -> Session:
    """The session of a worker at rest, once whoever watches the file has looked, too."""
    bench.rest(worker)
    session = bench.sessions[worker]
    for _ in range(2):
        session.poll(time.time_ns() // 1_000_000 + 300)
    return session


def returns_unwoken(session: Session, call: Callable[[], object]) -> bool:
    """Whether a call comes back soon, which else a wake ends."""
    returned = threading.Event()
    late = threading.Timer(3.0, session.wake)
    calling = threading.Thread(target=lambda: (call(), returned.set()))
    late.start()
    calling.start()
    in_time = returned.wait(2.0)
    calling.join()
    late.cancel()
    return in_time


def test_a_wake_between_two_polls_ends_the_next_one(bench):
    session = settled(bench, bench.worker())
    session.wake()
    assert returns_unwoken(session, lambda: session.poll(None))


def test_a_step_that_nobody_hears_of_is_followed_by_rest_without_a_wake(bench):
    worker = bench.worker()
    bench.say("hush:5000")
    session = settled(bench, worker)
    bench.clock.now = 6000
    assert worker.step() == 1
    assert returns_unwoken(session, worker.step)
    assert worker.idle


def test_run_repeats_until_it_is_told_to_stop(bench):
    worker, stop, steps = bench.worker(), threading.Event(), []

    def stepped() -> None:
        steps.append(1)
        if bench.said() == [b"a"]:
            stop.set()

    bench.say("a")
    worker.run(stop, stepped)
    assert steps


def test_what_flies_when_it_is_told_to_stop_is_committed_and_not_performed_again(bench):
    begun, go, stop = threading.Event(), threading.Event(), threading.Event()
    performed: list[str] = []

    def perform(request: Request) -> bytes:
        performed.append(request.id)
        begun.set()
        go.wait(SECONDS)
        return b"in time"

    worker = bench.worker(perform)
    bench.say("ask:1")
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    assert begun.wait(SECONDS)
    stop.set()
    worker.wake()
    go.set()
    thread.join(SECONDS)
    worker.close()
    bench.rest(bench.worker())
    assert (bench.said(), len(performed)) == ([b"answer in time"], 1)


def test_a_commit_of_two_partitions_lands_together_or_not_at_all(tmp_path):
    log = SqliteLog(tmp_path / "two.db")
    log.ensure([Topic(n, 2, "delete", DAY, "k", "") for n in ("in", "out", "dead", "events")])
    stage, hooks = EachStage(each), RecordingHooks()
    session = log.session("s", ["in"])
    worker = Worker(stage, log, session, SetClock(), hooks)
    log.append([Out("in", f"k{i}", b"%d" % i) for i in range(8)])
    while len(session.owned()) < 2:
        session.poll(0)
    with log.database.transaction() as db:
        db.execute("UPDATE ownership SET epoch = epoch + 1 WHERE partition = 1")
    worker.step()
    assert (hooks.fences, hooks.aborts, read_all(log, "out")) == (1, 1, [])
    while log.lag("s", ["in"]).records:
        worker.step()
    assert sorted(r.value for r in read_all(log, "out")) == [b"%d" % i for i in range(8)]
    assert (hooks.together, hooks.shares) == ([2], [[0, 1], [0, 1]])
    worker.close()
    log.close()
