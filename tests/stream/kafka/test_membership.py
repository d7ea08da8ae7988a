"""Static members keep their share over a restart, and what a role says of an outage is few lines."""

import uuid
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from stream.kafka import KafkaLog, topic_watch
from stream.kafka.clients import Clients, Membership
from stream.kafka.session import KafkaSession
from stream.log.port import NeedsOperator
from stream.log.records import Out
from tests.kafka_broker import Broker
from tests.stream.backends import join, passing, take, topic, until

pytestmark = pytest.mark.kafka
Opener = Callable[[str], KafkaSession]


@pytest.fixture
def opened(broker: Broker) -> Iterator[Opener]:
    """Opens a session of the static member of this name; the empty name is a dynamic one."""
    prefix = f"t{uuid.uuid4().hex[:8]}."
    logs: list[KafkaLog] = []
    sessions: list[KafkaSession] = []

    def opener(instance: str) -> KafkaSession:
        log = KafkaLog(broker.bootstrap, prefix=prefix, membership=Membership(instance))
        log.ensure([topic("in"), topic("out")])
        logs.append(log)
        sessions.append(log.session("s", ["in"]))
        return sessions[-1]

    yield opener
    for each in (*sessions, *logs):
        each.close()


def test_a_static_member_that_comes_back_moves_nothing(opened: Opener) -> None:
    one, two = opened("one"), opened("two")

    def step() -> None:
        one.poll(0)
        two.poll(0)

    until(lambda: len(one.owned()) == len(two.owned()) == 1, step)
    mine, other = [*one.owned()], two.owned()
    one.close()
    again = opened("one")

    def both() -> None:
        again.poll(0)
        two.poll(0)

    until(lambda: len(again.owned()) == 1, both)
    assert [*again.owned()] == mine
    assert two.owned() == other  # the same epoch: it has not been asked to give anything back


def test_two_processes_of_one_name_are_told(opened: Opener) -> None:
    first = opened("one")
    join(first)
    second = opened("one")
    join(second)
    cast(KafkaLog, first._cluster).append([Out("in", f"k{n}", b"") for n in range(4)])

    def step() -> None:
        if records := first.poll(None):
            first.commit(passing(first, records))

    with pytest.raises(NeedsOperator, match=r"another process is the same member .* kafka\.instance of its own"):
        until(lambda: False, step)
    assert len(take(second, 4)) == 4


def test_an_outage_is_a_line_when_it_begins_and_one_when_it_is_over(
    opened: Opener, broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(topic_watch, "LOOK_SECONDS", 0.5)
    session = opened("")
    join(session)
    with broker.suspended():
        until(lambda: "s is without Kafka: Kafka does not answer" in caplog.text, lambda: session.poll(None))
        for _ in range(2):
            session.poll(None)
    until(lambda: "s is back on Kafka after" in caplog.text, lambda: session.poll(None))
    said = [record.levelname for record in caplog.records if record.name.startswith("stream")]
    assert said == ["WARNING", "WARNING"]
    join(session)


def test_a_producer_that_cannot_send_any_more_ends_without_a_word(
    broker: Broker, capfd: pytest.CaptureFixture[str]
) -> None:
    log = KafkaLog(broker.bootstrap, prefix=f"t{uuid.uuid4().hex[:8]}.")
    log.ensure([topic("in")])
    producer = log.clients.producer("gone")
    producer.begin_transaction()
    assert producer.partitions_for(log.full("in")) == {0, 1}
    with broker.suspended():
        producer.send(log.full("in"), b"1", b"k", partition=0)
        Clients.close_producer(producer)
    sender = producer._sender
    del producer
    until(lambda: not sender.is_alive())
    assert "__del__" not in capfd.readouterr().err
    log.close()
