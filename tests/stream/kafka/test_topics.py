"""Topics on a real broker: compared, made, set right, missed when they are deleted, and apart from another's."""

import uuid
from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient

from stream.kafka import KafkaLog, topic_watch
from stream.kafka.changelog import changelog
from stream.kafka.topic_config import TopicDefaults
from stream.log.port import LogError, NeedsOperator
from stream.log.records import Change, Out
from stream.log.topics import Topic
from stream.units import DAY
from tests.kafka_broker import Broker
from tests.stream.backends import KafkaBackend, join, open_log, passing, read_all, take, topic, until

pytestmark = pytest.mark.kafka


@pytest.fixture
def admin(broker: Broker) -> Iterator[KafkaAdminClient]:
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        yield admin


@pytest.fixture
def log(broker: Broker) -> Iterator[KafkaLog]:
    made = open_log(KafkaBackend(broker.bootstrap).address)
    assert isinstance(made, KafkaLog)
    made.ensure([topic("in"), topic("out")])
    yield made
    made.close()


def delete(admin: KafkaAdminClient, full: str) -> None:
    admin.delete_topics([full])
    until(lambda: full not in admin.list_topics())


def test_a_plan_is_carried_out_and_then_there_is_nothing_to_do(broker: Broker, admin: KafkaAdminClient) -> None:
    prefix = f"t{uuid.uuid4().hex[:8]}."
    narrow = {"retention.ms": str(DAY), "max.message.bytes": "100000", "message.timestamp.type": "CreateTime"}
    admin.create_topics({f"{prefix}in": {"num_partitions": 2, "configs": narrow}})
    log = KafkaLog(broker.bootstrap, prefix=prefix, defaults=TopicDefaults(1, 1, "zstd", 2_000_000))
    wanted = [topic("in"), Topic("table.s", 2, "compact", None, "row", "")]
    plan = log.topics.plan(wanted)
    assert list(plan.make) == [f"{prefix}table.s"]
    assert {each.what for each in plan.differ} == {*narrow, "compression.type"}
    assert log.ensure(wanted) == [each.sentence for each in plan.differ]  # a role works, and it is said
    log.topics.alter(plan.differ)
    until(lambda: not log.topics.plan(wanted).differ)  # brokers hear of it a moment later
    again = log.topics.plan(wanted)
    assert (again.make, again.gone, again.differ) == ({}, {}, [])
    log.close()


def test_more_replicas_than_brokers_is_one_sentence(broker: Broker) -> None:
    log = KafkaLog(broker.bootstrap, prefix=f"t{uuid.uuid4().hex[:8]}.", defaults=TopicDefaults(3))
    with pytest.raises(LogError, match=r"fewer brokers than kafka\.replication_factor"):
        log.ensure([topic("in")])
    log.close()


@pytest.mark.parametrize("name", ["in", "out", "table.s"])
def test_a_topic_that_is_deleted_stops_a_session_and_is_not_made_anew(
    log: KafkaLog, admin: KafkaAdminClient, broker: Broker, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(topic_watch, "LOOK_SECONDS", 0.2)
    log.append([Out("in", "k", b"1")])
    session = log.session("s", ["in"])
    join(session)
    session.commit(passing(session, take(session, 1), [Out("out", "k", b"1")], [Change("t", "k", b"1")]))
    delete(admin, log.full(name))
    with pytest.raises(NeedsOperator, match=rf"topic {log.full(name)} is gone"):
        until(lambda: False, lambda: session.poll(None))
    session.close()
    other = KafkaLog(broker.bootstrap, prefix=log.full(""))
    sentence = rf"topic {log.full(name)} has been there since .* topics apply --anew {log.full(name)}"
    with pytest.raises(NeedsOperator, match=sentence):
        other.ensure([topic("in"), topic("out"), Topic(changelog("s"), 2, "compact", None, "row", "")])
    assert log.full(name) not in admin.list_topics()
    other.close()


def test_who_reads_a_topic_that_is_deleted_is_told(
    log: KafkaLog, admin: KafkaAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_watch, "LOOK_SECONDS", 0.2)
    reader = log.reader(["in"])
    delete(admin, log.full("in"))
    with pytest.raises(NeedsOperator, match="is gone"):
        until(lambda: False, lambda: reader.poll(0.2))
    reader.close()


def test_an_input_that_is_made_anew_is_read_from_its_beginning(
    log: KafkaLog, admin: KafkaAdminClient, broker: Broker
) -> None:
    log.append([Out("in", f"k{n}", b"old") for n in range(9)])
    session = log.session("s", ["in"])
    take(session, 9)
    delete(admin, log.full("in"))
    log.topics.make({log.full("in"): topic("in")})
    with pytest.raises(LogError, match="stop the role s first"):
        until(lambda: False, lambda: log.begin_again("s", "in"))
    session.close()
    fresh = KafkaLog(broker.bootstrap, prefix=log.full(""))
    until(lambda: _succeeds(fresh))
    fresh.topics.register([topic("in")])
    fresh.ensure([topic("in")])
    fresh.append([Out("in", "k", b"new")])
    again = fresh.session("s", ["in"])
    assert [r.value for r in take(again, 1)] == [b"new"]
    again.close()
    fresh.close()


def _succeeds(log: KafkaLog) -> bool:
    """Whether the group may be set back; a member that has just left is known for a moment."""
    try:
        log.begin_again("s", "in")
    except LogError:
        return False
    return True


def test_two_installations_share_a_cluster_and_nothing_else(broker: Broker) -> None:
    logs = [KafkaLog(broker.bootstrap, prefix=f"t{uuid.uuid4().hex[:8]}.") for _ in range(2)]
    for number, log in enumerate(logs):
        log.ensure([topic("in"), topic("out")])
        log.append([Out("in", "k", b"%d" % number)])
    sessions = [log.session("s", ["in"]) for log in logs]
    for session in sessions:  # each is the only member of its group, so has all partitions
        join(session)
    for number, session in enumerate(sessions):
        (record,) = take(session, 1)
        assert record.value == b"%d" % number
        session.commit(passing(session, [record], [Out("out", "k", record.value)], [Change("t", "k", record.value)]))
    assert [session.aborts for session in sessions] == [0, 0]
    assert [[r.value for r in read_all(log, "out")] for log in logs] == [[b"0"], [b"1"]]
    assert [log.rows("s", "t") for log in logs] == [{"k": b"0"}, {"k": b"1"}]
    assert [log.lag("s", ["in"]).records for log in logs] == [0, 0]
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        for log in logs:
            names = [name for name in admin.list_topics() if name.startswith(log.full(""))]
            assert sorted(log.bare(name) for name in names) == ["in", "out", "table.s", "topics"]
            ids = [each.transactional_id for found in admin.list_transactions().values() for each in found]
            assert [each for each in ids if each.startswith(log.full("themewire-s-"))]
    for session, log in zip(sessions, logs, strict=True):
        session.close()
        log.close()
