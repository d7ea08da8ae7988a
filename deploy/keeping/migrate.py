"""Moving an embedded stream to Kafka: records, tables and positions, so that every stage goes on where it stands."""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from deploy.options import CommandError
from deploy.settings.locations import open_log, stream_file
from deploy.settings.model import Settings
from stream.log.port import records
from stream.log.records import Record
from stream.sqlite.contents import Contents, close_for_good
from stream.sqlite.store import Store

if TYPE_CHECKING:
    from stream.kafka import KafkaLog

__all__ = ["Moved", "migrate"]

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """How much was moved, and read again on the other side."""

    records: int
    rows: int
    groups: int


def migrate(settings: Settings, url: str, tell: Tell = lambda _: None) -> Moved:
    """Moves the embedded stream of these settings to the empty topics of `url`, and compares both; it stays as it is.

    Offsets are committed first. Until all records are there, a stage that is started by mistake is refused by its
    group's offset, and decides on nothing.
    """
    path = stream_file(settings)
    if path is None or not path.exists():
        raise CommandError(f"there is no embedded stream at {settings.stream_url}: --data or --stream says where it is")
    if not url.startswith("kafka://"):
        raise CommandError(f"{url!r} is not kafka://HOST:PORT,HOST:PORT")
    close_for_good(path)
    other = settings.model_copy(update={"stream": settings.stream.model_copy(update={"url": url})})
    target = open_log(other)
    store = Store(path)
    try:
        from stream.kafka import KafkaLog  # only then: its import takes a while

        assert isinstance(target, KafkaLog)
        return _move(Contents(store), target, tell)
    finally:
        store.database.close()
        target.close()


def _move(contents: Contents, target: "KafkaLog", tell: Tell) -> Moved:
    from stream.kafka.loading import Loading

    topics, groups = contents.topics(), contents.groups()
    partitions = {topic.name: topic.partitions for topic in topics}
    stages = {stage: _partitions_of(stage, contents, partitions) for stage in contents.stages()}
    with closing(Loading(target)) as loading:
        loading.make(topics, stages)
        for stage, passed in groups.items():
            loading.commit(stage, passed)
        rows = 0
        for stage in stages:
            rows += loading.rows(stage, contents.rows(stage), groups.get(stage, {}))
            tell(f"the tables of {stage} are written")
        count = 0
        for topic in topics:
            for partition in range(topic.partitions):
                count += loading.records(contents.records(topic.name, partition))
            tell(f"{topic.name} is written")
    for topic in topics:
        _compare(contents, target, topic.name, topic.policy == "compact")
        tell(f"{topic.name} was read again and is the same")
    for stage in stages:
        _compare_rows(contents, target, stage)
    return Moved(count, rows, len(groups))


def _partitions_of(stage: str, contents: Contents, partitions: dict[str, int]) -> int:
    """How many the stage has: its inputs are co-partitioned."""
    read = {topic for topic, _ in contents.groups().get(stage, {})}
    return max([partitions[topic] for topic in read] or [max((p for p, _ in contents.rows(stage)), default=0) + 1])


def _compare(contents: Contents, target: "KafkaLog", topic: str, compacted: bool) -> None:
    """Every record there is the one here, in order; of what Kafka may have compacted meanwhile, the latest by key."""
    mine = (record for p in range(target.count(topic)) for record in contents.records(topic, p))
    theirs = records(target, [topic])
    if (_latest(mine) != _latest(theirs)) if compacted else (_digests(mine) != _digests(theirs)):
        raise CommandError(f"{topic} is not the same on Kafka: do not use it; see the brokers' logs, and begin again")


def _digests(found: Iterable[Record]) -> dict[int, str]:
    """By partition, a hash of all keys and values in order."""
    digests: dict[int, hashlib._Hash] = {}
    for record in found:
        digest = digests.setdefault(record.partition, hashlib.sha256())
        digest.update(msgspec.msgpack.encode((record.key, record.value)))
    return {partition: digest.hexdigest() for partition, digest in digests.items()}


def _latest(found: Iterable[Record]) -> dict[tuple[int, str], bytes]:
    latest: dict[tuple[int, str], bytes] = {}
    for record in found:
        latest.pop((record.partition, record.key), None)
        if record.value is not None:
            latest[record.partition, record.key] = record.value
    return latest


def _compare_rows(contents: Contents, target: "KafkaLog", stage: str) -> None:
    """Every row is there with its timer, and none that is not here but the session's own positions."""
    from stream.kafka.changelog import change_of, changelog
    from stream.kafka.restore import POSITIONS

    mine = {(p, row.table, row.key): row for p, row in contents.rows(stage)}
    read = ((record.partition, change_of(record)) for record in records(target, [changelog(stage)]))
    theirs = {(p, row.table, row.key): row for p, row in read if row.table != POSITIONS}
    if mine != theirs:
        raise CommandError(f"the tables of {stage} are not the same on Kafka: do not use it, and begin again")
