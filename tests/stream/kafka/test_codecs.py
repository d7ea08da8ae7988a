"""Each codec: what we write with it is read, and so is what the broker compresses by the topic's own setting."""

from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient, KafkaConsumer

from stream.kafka import KafkaLog
from stream.kafka.changelog import changelog
from stream.kafka.clients import COMPRESSIONS, Compression
from stream.kafka.topic_config import TopicDefaults
from stream.log.port import MAX_RECORD_BYTES
from stream.log.records import Change, Out
from tests.kafka_broker import Broker
from tests.stream.backends import KafkaBackend, first, join, passing, read_all, topic

pytestmark = pytest.mark.kafka
CODECS = [codec for codec in COMPRESSIONS if codec != "none"]
LARGE = b"themewire " * (MAX_RECORD_BYTES // 10 - 10)


@pytest.fixture(params=["ours", "the broker's"])
def by_broker(request: pytest.FixtureRequest) -> bool:
    """Whether only the topics' `compression.type` names the codec, and what is sent is not compressed."""
    return bool(request.param == "the broker's")


@pytest.fixture(params=CODECS)
def codec(request: pytest.FixtureRequest) -> Compression:
    return request.param  # type: ignore[no-any-return]  # one of the codecs


@pytest.fixture
def log(broker: Broker, codec: Compression, by_broker: bool) -> Iterator[KafkaLog]:
    prefix = KafkaBackend(broker.bootstrap).prefix
    made = KafkaLog(broker.bootstrap, prefix=prefix, defaults=TopicDefaults(compression=codec))
    made.ensure([topic("in", 1), topic("out", 1)])
    if by_broker:
        made.session("s", ["in"]).close()  # makes the changelog as well
        made.close()
        made = KafkaLog(broker.bootstrap, prefix=prefix)
    yield made
    made.close()


def test_a_stage_reads_and_writes_it_and_so_do_others(log: KafkaLog, broker: Broker, codec: Compression) -> None:
    log.append([Out("in", f"k{n}", b"%d " % n * 200) for n in range(50)])
    log.append([Out("in", "large", LARGE)])
    session = log.session("s", ["in"])
    taken = []
    while len(taken) < 51:
        batch = first(session, 1)
        outs = [Out("out", record.key, record.value) for record in batch]
        session.commit(passing(session, batch, outs, [Change("t", r.key, r.value) for r in batch]))
        taken += batch
    session.close()
    assert [(r.key, r.value) for r in taken] == [(r.key, r.value) for r in read_all(log, "out")]
    again = log.session("s", ["in"])
    join(again, 1)
    assert again.tables(0).get("t", "large") == LARGE
    assert len(list(again.tables(0).items("t"))) == 51
    again.close()
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        found = admin.describe_topics([log.full("out"), log.full(changelog("s"))])
    assert all(not each["error_code"] for each in found)
    others = KafkaConsumer(
        log.full("out"), bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=60_000
    )
    assert next(iter(others)).value == taken[0].value
    others.close()
