"""The worker on a real embedded stream: exactly once, poison alone, requests and timers that survive a restart."""

import threading
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2
from prometheus_client import CollectorRegistry

from stream.engine.batch import REQUESTS, RETRY_AFTER, decide_batch
from stream.engine.stage import Effects, Request, Result
from stream.engine.tables import Tables
from stream.engine.worker import Worker
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Out, Record, Tick
from stream.log.topics import Topic, all_topics, partition_of
from stream.ops.metrics import Metrics
from stream.records import Dead, Feed, HealthEvent, NewerVersion, decode, encode
from stream.sqlite import SqliteLog

YEAR = 365 * 86_400_000
TOPICS = [Topic(n, 2, "delete", YEAR, "k", "") for n in ("in", "out", "dead", "events")]


class Echo:
    """Copies records to `out`, remembers them, raises on `poison`, and asks for what begins with `ask`."""

    name, inputs, views = "echo", ("in",), ()

    def decide(self, tables, events, now):
        outs, requests = [], []
        for event in events:
            if isinstance(event, Record):
                if event.value == b"poison":
                    raise ValueError("not for me")
                seen = int(tables.get("counts", event.key) or b"0") + 1
                tables.put("counts", event.key, b"%d" % seen)
                if (event.value or b"").startswith(b"ask"):
                    requests.append(Request(event.value.decode(), "work"))
                if (event.value or b"").startswith(b"arm"):
                    tables.put("timers", event.key, b"x", due=int(event.value.removeprefix(b"arm")))
                outs.append(Out("out", event.key, event.value))
            elif isinstance(event, Result):
                outs.append(Out("out", event.request.id, b"answer " + event.answer))
            else:
                if event.key == "broken":
                    raise ValueError("not now")
                tables.delete(event.table, event.key)
                outs.append(Out("out", event.key, b"rang"))
        return Effects(outs, tables.changes, requests)


def record(value: bytes, offset: int = 0, key: str = "k") -> Record:
    return Record("in", 0, offset, key, value)


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "s.db")
    made.ensure(TOPICS)
    yield made
    made.close()


@pytest.fixture
def start(log):
    made: list[Worker] = []

    def worker(clock: Callable[[], int] = lambda: 1000, perform=lambda r: b"done", **kw) -> Worker:
        session = log.session("echo", ["in"])
        made.append(Worker(Echo(), log, session, clock, Metrics(CollectorRegistry()), {"work": perform}, 2, **kw))
        return made[-1]

    yield worker
    for one in made:
        one.close()


def read(log, topic: str) -> list[bytes | None]:
    reader = log.reader([topic])
    found: list[Record] = []
    while not reader.caught_up():
        found += reader.poll(1)
    reader.close()
    return [r.value for r in found]


def settle(worker: Worker) -> None:
    """Steps until nothing is left; a wake ends each wait."""
    for _ in range(200):
        worker.wake()
        worker.step()
        if worker.idle:
            return
    pytest.fail("the worker does not come to rest")


def test_each_record_comes_out_once_also_after_a_restart(log, start):
    log.append([Out("in", f"k{i}", b"%d" % i) for i in range(50)])
    first = start()
    settle(first)
    first.close()
    log.append([Out("in", "k", b"later")])
    settle(start())
    assert sorted(read(log, "out")) == sorted([*(b"%d" % i for i in range(50)), b"later"])


def test_a_poisonous_record_is_alone_on_dead_and_the_rest_goes_on(log, start):
    log.append([Out("in", "k", v) for v in (b"a", b"poison", b"b")])
    settle(start())
    assert read(log, "out") == [b"a", b"b"]
    (dead,) = [decode(v, Dead) for v in read(log, "dead")]
    assert (dead.stage, dead.topic, dead.value, dead.error) == ("echo", "in", b"poison", "ValueError: not for me")
    assert log.lag("echo", ["in"]).records == 0


def test_a_request_is_performed_and_its_answer_is_an_event(log, start):
    log.append([Out("in", "k", b"ask1")])
    settle(start())
    assert read(log, "out") == [b"ask1", b"answer done"]


def test_a_request_whose_answer_was_never_committed_is_performed_by_the_next_owner(log, start):
    begun, never = threading.Event(), threading.Event()

    def hang(request: Request) -> bytes:
        begun.set()
        never.wait()
        return b"too late"

    log.append([Out("in", "k", b"ask1")])
    first = start(perform=hang)
    while not begun.is_set():
        first.wake()
        first.step()
    first._session.close()  # its partitions go, as at a death, with the request still flying
    second = start()
    settle(second)
    never.set()
    assert read(log, "out") == [b"ask1", b"answer done"]


def test_a_commit_of_a_lost_partition_is_fenced_and_nothing_is_doubled(log, start):
    worker = start()
    settle(worker)
    with log.database.transaction() as db:
        db.execute("UPDATE ownership SET epoch = epoch + 1")
    log.append([Out("in", "k", b"a")])
    settle(worker)
    assert read(log, "out") == [b"a"]
    assert worker._hooks.registry.get_sample_value("themewire_commits_fenced_total", {"stage": "echo"}) >= 1


def test_a_row_rings_when_its_time_has_come_and_not_before(log, start):
    now = [1000]
    log.append([Out("in", "k", b"arm5000")])
    worker = start(clock=lambda: now[0])
    settle(worker)
    assert read(log, "out") == [b"arm5000"]
    now[0] = 5000
    settle(worker)
    assert read(log, "out") == [b"arm5000", b"rang"]


def test_what_is_due_after_the_horizon_waits_for_the_next_run(log, start):
    log.append([Out("in", "k", b"arm2000")])
    worker = start(clock=lambda: 9000, horizon=1500)
    settle(worker)
    assert read(log, "out") == [b"arm2000"]


def test_a_timer_that_raises_is_armed_again_in_an_hour_and_told():
    rows = InMemoryRows()
    rows.apply([Change("timers", "broken", b"x", 10), Change("timers", "good", b"x", 10)])
    effects = decide_batch(Echo(), Tables(rows), [Tick("timers", "broken", 10), Tick("timers", "good", 10)], 1000)
    changes = {(c.table, c.key): c for c in effects.changes}
    assert changes["timers", "broken"].due == 1000 + RETRY_AFTER
    assert changes["timers", "good"].value is None
    (told,) = [decode(o.value, HealthEvent) for o in effects.outputs if o.topic == "events"]
    assert told.message == "ValueError: not now"


def test_an_output_that_is_too_large_makes_only_its_record_dead():
    class Large(Echo):
        def decide(self, tables, events, now):
            return Effects([Out("out", "k", (e.value or b"") * 1_000_000) for e in events])

    effects = decide_batch(Large(), Tables(InMemoryRows()), [record(b"x"), record(b"", 1)], 0)
    assert [o.topic for o in effects.outputs] == ["dead", "out"]


def test_a_newer_major_version_stops_the_stage_and_kills_nothing():
    class Reads(Echo):
        def decide(self, tables, events, now):
            return Effects([Out("out", "k", encode(decode(e.value, Feed))) for e in events])

    newer = msgspec.json.encode({"v": 2, "id": "a", "url": "u"})
    with pytest.raises(NewerVersion, match="upgrade"):
        decide_batch(Reads(), Tables(InMemoryRows()), [record(newer)], 0)
    more = msgspec.json.encode({"v": 1, "id": "a", "url": "u", "what_comes_later": 1})
    assert decode(more, Feed) == Feed(id="a", url="u")


@given(st.lists(st.sampled_from([b"a", b"b", b"poison", b"ask1", b"ask2"]), max_size=12))
def test_good_records_come_to_the_same_whatever_stands_between_them(values: Sequence[bytes]):
    batch = [record(v, i) for i, v in enumerate(values)]
    good = [r for r in batch if r.value != b"poison"]
    mixed, alone = (decide_batch(Echo(), Tables(InMemoryRows()), events, 0) for events in (batch, good))
    assert [o for o in mixed.outputs if o.topic == "out"] == list(alone.outputs)
    assert list(mixed.requests) == list(alone.requests)
    assert {(c.table, c.key): c for c in mixed.changes} == {(c.table, c.key): c for c in alone.changes}
    assert len([o for o in mixed.outputs if o.topic == "dead"]) == len(batch) - len(good)
    assert {c.key for c in mixed.changes if c.table == REQUESTS} == {r.id for r in mixed.requests}


@given(st.text(), st.integers(1, 50))
def test_a_key_has_kafkas_own_partition(key: str, count: int):
    try:
        data = key.encode()
    except UnicodeEncodeError:
        return
    assert partition_of(key, count) == (murmur2(data) & 0x7FFFFFFF) % count


def test_topics_that_are_read_together_have_the_same_number_of_partitions():
    topics = {t.name: t for t in all_topics(["a", "b"], 7)}
    assert {topics[n].partitions for n in ("items", "labels", "retry.tag", "feeds", "retry.collect")} == {7}
    assert {topics[n].partitions for n in ("alerts.a", "alerts.b", "retry.match")} == {1}
    assert topics["labels"].retention is None
