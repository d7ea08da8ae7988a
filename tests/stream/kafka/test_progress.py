"""Members that are slow come forward: a turn ends before the group puts them out, and nothing is decided twice."""

import threading
from collections import Counter

import pytest
from kafka import KafkaAdminClient

from stream.engine.worker import Worker
from stream.kafka import KafkaLog, clients
from stream.log.port import NeedsOperator
from stream.log.records import Out
from tests.stream.backends import KafkaBackend, open_log, read_all, topic, until
from tests.stream.fakes import EachStage, RecordingHooks, SetClock

pytestmark = pytest.mark.kafka

POLL_SECONDS = 5.0


@pytest.fixture
def slow(broker, monkeypatch):
    """A log whose members must poll every five seconds."""
    monkeypatch.setattr(clients, "MAX_POLL_MS", int(POLL_SECONDS * 1000))
    backend = KafkaBackend(broker.bootstrap)
    log = open_log(backend.address)
    assert isinstance(log, KafkaLog)
    log.ensure([topic("in"), topic("out")])
    yield log
    log.close()


@pytest.mark.parametrize("count", [30, pytest.param(400, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_a_backlog_behind_a_slow_stage_comes_through_once(slow, count):
    slow.append([Out("in", f"k{n}", b"%d" % n) for n in range(count)])
    working = threading.Event()  # never set: to wait for it is what takes half a second of each record

    def each(tables, event, now):
        working.wait(0.5)
        return [Out("out", event.key, event.value)], []

    hooks = RecordingHooks()
    stage = EachStage(each)
    worker = Worker(stage, slow, slow.session("s", ["in"]), SetClock(), hooks)
    while slow.lag("s", ["in"]).records:
        worker.step()
    worker.close()
    assert Counter(record.value for record in read_all(slow, "out")) == Counter(b"%d" % n for n in range(count))
    assert hooks.fences == 0


@pytest.fixture
def log(broker):
    made = open_log(KafkaBackend(broker.bootstrap).address)
    assert isinstance(made, KafkaLog)
    made.ensure([topic("in"), topic("out")])
    yield made
    made.close()


def worker_of(log: KafkaLog) -> Worker:
    """Copies each record, and keeps how many it has seen of a key."""

    def each(tables, event, now):
        tables.put("seen", event.key, b"%d" % (int(tables.get("seen", event.key) or 0) + 1))
        return [Out("out", event.key, event.value)], []

    return Worker(EachStage(each), log, log.session("s", ["in"]), SetClock(), RecordingHooks())


def test_a_group_whose_offsets_are_gone_goes_on_where_its_tables_stand(log, broker):
    log.append([Out("in", f"k{n}", b"%d" % n) for n in range(20)])
    first = worker_of(log)
    until(lambda: not log.lag("s", ["in"]).records, first.step)
    first.close()
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.delete_groups([log.group("s")])
    assert log.lag("s", ["in"]).records == 20  # the broker knows nothing of it any more
    again = worker_of(log)
    until(lambda: not log.lag("s", ["in"]).records, again.step)
    again.close()
    assert len(read_all(log, "out")) == 20
    log.append([Out("in", "k0", b"new")])
    second = worker_of(log)
    until(lambda: len(read_all(log, "out")) > 20, second.step)
    until(lambda: second.idle, second.step)
    second.close()
    assert Counter(r.value for r in read_all(log, "out")) == Counter([*(b"%d" % n for n in range(20)), b"new"])
    assert set(log.rows("s", "seen").values()) == {b"1", b"2"}


def test_a_topic_that_was_made_anew_needs_a_person(log, broker):
    log.append([Out("in", f"k{n}", b"") for n in range(20)])
    first = worker_of(log)
    until(lambda: not log.lag("s", ["in"]).records, first.step)
    first.close()
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.delete_groups([log.group("s")])
        admin.delete_topics([log.full("in")])
        until(lambda: log.full("in") not in admin.list_topics())
    fresh = open_log(log_address(log, broker))
    assert isinstance(fresh, KafkaLog)
    with pytest.raises(NeedsOperator, match=r"has been there since .* and is not there any more"):
        fresh.ensure([topic("in")])  # nothing is made anew in silence
    fresh.topics.make({fresh.full("in"): topic("in")})
    with pytest.raises(NeedsOperator, match="was deleted and made anew by somebody else"):
        fresh.ensure([topic("in")])
    fresh.topics.register([topic("in")])
    fresh.ensure([topic("in")])
    second = worker_of(fresh)
    with pytest.raises(NeedsOperator, match="reset-offsets"):
        until(lambda: False, second.step)
    second.close()
    fresh.close()


def log_address(log: KafkaLog, broker) -> str:
    return f"kafka:{','.join(broker.bootstrap)}/{log.full('')}"
