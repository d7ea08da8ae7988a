"""What only Kafka can show: headers, topic settings, a broker that is away, and the limits on calls that may hang."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.consumer.fetcher import ConsumerRecord

from stream.kafka import KafkaLog
from stream.kafka.calls import CallTimedOut, limited
from stream.kafka.changelog import changelog
from stream.kafka.member import UNKNOWN_OUTCOME
from stream.log.port import Fenced, LogError, RecordTooLarge, Work
from stream.log.records import Change, Out
from stream.log.topics import Topic
from stream.log.trace_context import traceparent
from tests.kafka_broker import Broker, free_ports
from tests.stream.backends import Child, KafkaBackend, first, join, open_log, passing, read_all, take, topic, until

pytestmark = pytest.mark.kafka


@pytest.fixture
def backend(broker: Broker) -> KafkaBackend:
    return KafkaBackend(broker.bootstrap)


@pytest.fixture
def log(backend: KafkaBackend) -> Iterator[KafkaLog]:
    made = open_log(backend.address)
    assert isinstance(made, KafkaLog)
    made.ensure([topic("in"), topic("out")])
    yield made
    made.close()


def test_any_client_reads_a_cloud_event(log: KafkaLog, broker: Broker) -> None:
    log.append([Out("out", "story", b'{"title": "\xc3\xa9"}')])
    consumer = KafkaConsumer(
        log.full("out"),
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=60_000,
    )
    record = next(iter(consumer))
    event = from_binary_event(KafkaMessage(dict(record.headers), record.key, record.value))
    assert record.key == b"story"
    assert event.get_type() == "themewire.out.v1"
    assert event.get_data() == {"title": "é"}
    consumer.close()


def test_a_record_of_an_item_carries_the_context_of_its_trace_where_that_is_wanted(log: KafkaLog) -> None:
    log.ensure([topic("items")])
    item = b'{"id":"i1"}'
    log.append([Out("items", "i1", item)])
    log.traced = True
    log.append([Out("items", "i1", item)])
    with closing(log.clients.reader()) as consumer:
        consumer.assign(log.partitions(["items"]))
        found: list[dict[str, bytes]] = []
        until(lambda: len(found) == 2, lambda: found.extend(each_header(consumer.poll(timeout_ms=1000))))
    assert [header.get("ce_traceparent") for header in found] == [None, traceparent("items", item).encode()]


def each_header(polled: dict[TopicPartition, list[ConsumerRecord]]) -> list[dict[str, bytes]]:
    return [dict(record.headers) for batch in polled.values() for record in batch]


def test_topics_are_made_with_their_policies(log: KafkaLog, broker: Broker) -> None:
    log.ensure([Topic("kept", 1, "delete", None, "k", ""), Topic("latest", 1, "compact", None, "k", "")])
    log.session("s", ["in"]).close()
    names = {log.full(name): name for name in ("in", "kept", "latest", changelog("s"))}
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found = admin.describe_configs(wanted)
        counts = {t["name"]: len(t["partitions"]) for t in admin.describe_topics(list(names))}
    configs = {names[name]: {k: v["value"] for k, v in config.items()} for name, config in found["topic"].items()}
    assert configs["in"]["retention.ms"] == str(365 * 86_400_000)
    assert configs["kept"]["retention.ms"] == "-1"
    assert configs["latest"]["cleanup.policy"] == "compact"
    assert configs[changelog("s")]["cleanup.policy"] == "compact"
    assert configs[changelog("s")]["min.cleanable.dirty.ratio"] == "0.1"
    assert counts[log.full(changelog("s"))] == 2


def test_rows_go_to_the_partition_of_their_task(log: KafkaLog) -> None:
    session = log.session("s", ["in"])
    join(session)
    changes = [Change("t", f"k{i}", b"") for i in range(20)]
    session.commit([Work(1, session.owned()[1], {}, (), changes)])
    session.close()
    assert {r.partition for r in read_all(log, changelog("s"))} == {1}


def test_prefixes_keep_two_streams_of_one_broker_apart(log: KafkaLog, broker: Broker) -> None:
    other = KafkaLog(broker.bootstrap, prefix=log.full("other."))
    other.ensure([topic("in")])
    other.append([Out("in", "k", b"other")])
    assert read_all(log, "in") == []
    assert [r.topic for r in read_all(other, "in")] == ["in"]
    other.close()


def test_a_topic_of_another_policy_is_refused(log: KafkaLog) -> None:
    with pytest.raises(LogError, match=r"cleanup\.policy"):
        log.ensure([Topic("in", 2, "compact", None, "k", "")])


def test_a_record_over_the_limit_of_its_topic_is_too_large(log: KafkaLog, broker: Broker) -> None:
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics({log.full("narrow"): {"num_partitions": 1, "configs": {"max.message.bytes": "2000"}}})
    log.append([Out("in", "k", b"1")])
    session = log.session("s", ["in"])
    records = first(session, 1)
    for _ in range(2):
        with pytest.raises(RecordTooLarge, match="limit"):
            session.commit(passing(session, records, [Out("out", "k", b"no"), Out("narrow", "k", b"x" * 5000)]))
        assert first(session, 1) == records
    assert session.aborts == 2
    session.commit(passing(session, records, [Out("out", "k", b"yes"), Out("narrow", "k", b"x" * 500)]))
    with pytest.raises(RecordTooLarge, match="nothing was appended"):
        log.append([Out("out", "k", b"no"), Out("narrow", "k", b"x" * 5000)])
    log.append([Out("out", "k", b"and")])
    assert [r.value for r in read_all(log, "out")] == [b"yes", b"and"]
    session.close()


def test_a_port_where_nobody_listens_is_one_sentence() -> None:
    (port,) = free_ports(1)
    with pytest.raises(LogError, match=r"cannot be reached .* check the address"):
        KafkaLog([f"127.0.0.1:{port}"])


def test_a_port_that_is_no_kafka_is_one_sentence() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(LogError, match=r"does not serve us: check the address, .*TLS"):
            KafkaLog([f"127.0.0.1:{silent.getsockname()[1]}"])


def test_a_broker_that_stands_still_shows_in_the_lag(log: KafkaLog, broker: Broker) -> None:
    assert log.lag("s", ["in"]).records == 0
    with broker.suspended(), pytest.raises(LogError, match="does not answer"):
        log.lag("s", ["in"])
    log.append([Out("in", "k", b"1")])
    until(lambda: log.lag("s", ["in"]).records == 1)


def test_a_killed_broker_loses_and_repeats_nothing(log: KafkaLog, broker: Broker) -> None:
    session = log.session("s", ["in"])
    counted = 0
    for round_ in range(2):
        log.append([Out("in", f"k{i}", b"") for i in range(30)])
        done = 0
        while done < 30:
            records = first(session, 1)[:5]
            if done == 10 and not counted:
                broker.restart()
            try:
                outs = [Out("out", f"{r.partition}/{r.offset}", b"") for r in records]
                count = b"%d" % (round_ * 30 + done + len(records))
                session.commit(passing(session, records, outs, [Change("t", "count", count)]))
                done += len(records)
            except Fenced:
                counted += 1
                join(session)
        assert done == 30
    session.close()
    passed = [r.key for r in read_all(log, "out")]
    assert len(passed) == len(set(passed)) == 60


def test_a_commit_that_hangs_ends_the_process(log: KafkaLog, broker: Broker, child: Callable[..., Child]) -> None:
    log.append([Out("in", "k", b"%d" % i) for i in range(3)])
    steps = int(child("crash", "whole", "0").wait_for("steps").split()[1])
    hanging = child("stop", "s", str(steps))
    hanging.wait_for("stopping")
    broker.kill()
    hanging.signal(signal.SIGCONT)
    assert hanging.ended() == UNKNOWN_OUTCOME
    broker.start()
    session = log.session("s", ["in"])
    join(session)
    left, outs = take(session, 3), [r for r in read_all(log, "out") if r.key == "s"]
    assert (len(left), len(outs)) == (3, 0)
    session.close()


def test_limited_gives_what_the_call_gives() -> None:
    assert limited(60, lambda: 5) == 5
    with pytest.raises(KeyError):
        limited(60, lambda: {}["x"])
    with pytest.raises(TimeoutError, match="its own"):
        limited(60, _raise, TimeoutError("its own"))
    never = threading.Event()
    with pytest.raises(CallTimedOut):
        limited(0.05, never.wait)
    never.set()


def _raise(error: Exception) -> None:
    raise error
