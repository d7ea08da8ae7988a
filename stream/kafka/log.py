"""The stream on a Kafka cluster: topics, appends, readers, ends and lag; sessions are in `stream.kafka.session`."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from kafka import IsolationLevel, KafkaProducer, OffsetSpec, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, MessageSizeTooLargeError, RetriableError, TopicAlreadyExistsError, for_code

from stream.kafka.clients import CallTimedOut, Clients, Send, limited, write
from stream.kafka.lag import Backlog
from stream.kafka.reader import KafkaReader
from stream.kafka.session import KafkaSession, change_of, changelog
from stream.log.cloudevents import headers
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Lag, LogError, RecordTooLarge, check_size
from stream.log.records import Out
from stream.log.topics import Topic, partition_of

__all__ = ["KafkaLog"]

T = TypeVar("T")
ANSWER_SECONDS = 10
CHECK_SECONDS = 3
RETRY_SECONDS = 0.2
COMMIT_SECONDS = 20
ABORT_SECONDS = 5


class KafkaLog:
    """The log port on the cluster at `bootstrap` (host:port); `prefix` is put before topic and group names.

    `security` holds kafka-python's own settings for TLS and SASL. All methods may be called from any thread.
    """

    def __init__(
        self, bootstrap: Sequence[str], *, prefix: str = "", security: Mapping[str, Any] | None = None
    ) -> None:
        self.clients = Clients(bootstrap, security)
        self._prefix = prefix
        self._admin = self.clients.admin()
        self._counts: dict[str, int] = {}
        self._appending = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._append_id = self.full(f"themewire-append-{uuid.uuid4().hex}")
        self._backlog = Backlog(self.clients)

    def full(self, name: str) -> str:
        """The name on the cluster."""
        return self._prefix + name

    def bare(self, full: str) -> str:
        """The name without our prefix."""
        return full[len(self._prefix) :]

    def group(self, stage: str) -> str:
        """The consumer group of a stage."""
        return self.full(f"themewire-{stage}")

    def _ask(self, call: Callable[..., T], *arguments: object) -> T:
        """The answer of the admin client; a broker that is still coming up is asked again for a while."""
        deadline = time.monotonic() + ANSWER_SECONDS
        try:
            while True:
                try:
                    return limited(ANSWER_SECONDS, call, *arguments)
                except RetriableError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(RETRY_SECONDS)
        except (KafkaError, CallTimedOut, OSError) as error:
            raise LogError(f"Kafka does not answer ({error}): check that the broker is up") from error

    def check(self) -> None:
        """Returns soon if the cluster answers."""
        try:
            limited(CHECK_SECONDS, self._admin.describe_cluster)
        except (KafkaError, CallTimedOut, OSError) as error:
            raise LogError(f"Kafka does not answer ({error}): check that the broker is up") from error

    def _refresh(self) -> None:
        found = self._ask(self._admin.describe_topics)
        self._counts = {t["name"]: len(t["partitions"]) for t in found if not t["error_code"]}

    def _count(self, name: str) -> int | None:
        if self.full(name) not in self._counts:
            self._refresh()
        return self._counts.get(self.full(name))

    def partitions(self, name: str) -> int:
        """How many partitions a topic has; an unknown one is a `LogError`."""
        if (count := self._count(name)) is None:
            known = sorted(self.bare(full) for full in self._counts if full.startswith(self._prefix))
            raise LogError(f"there is no topic {name!r}; there are: {', '.join(known) or 'none yet'}")
        return count

    def co_partitioned(self, stage: str, inputs: Sequence[str]) -> int:
        """The number of partitions that all inputs have in common."""
        counts = {name: self.partitions(name) for name in inputs}
        if len(set(counts.values())) != 1:
            raise LogError(f"the inputs of {stage} differ in partitions: {counts}")
        return next(iter(counts.values()))

    def ensure(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing; see `Log.ensure`."""
        self._create({self.full(t.name): (t.partitions, _config(t.policy, t.retention)) for t in topics})

    def ensure_changelog(self, name: str, partitions: int) -> None:
        """Makes the topic behind a stage's tables, with a partition for each of the stage's."""
        self._create({self.full(name): (partitions, _config("compact", None))})

    def _create(self, wanted: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        self._refresh()
        if missing := {full: made for full, made in wanted.items() if full not in self._counts}:
            self._make(missing)
            self._refresh()
        if there := {full: config for full, (_, config) in wanted.items() if full not in missing}:
            self._check_policies(there)
        for full, (count, _) in wanted.items():
            if (has := self._counts.get(full)) != count:
                raise LogError(
                    f"topic {full} has {has} partitions and the settings ask for {count}: "
                    "set stream.partitions back, since the number is fixed when a topic is made"
                )

    def _make(self, missing: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        orders = {full: {"num_partitions": count, "configs": config} for full, (count, config) in missing.items()}
        made = self._ask(lambda: self._admin.create_topics(orders, raise_errors=False))
        for topic in made["topics"]:
            error = for_code(topic["error_code"])
            if topic["error_code"] and error is not TopicAlreadyExistsError:  # another process may have been first
                raise LogError(f"Kafka does not make topic {topic['name']}: {error.__name__}")
        self._ask(self._admin.wait_for_topics, list(missing))

    def _check_policies(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """A changelog that is not compacted would lose tables, so a topic that somebody else made is looked at."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, full) for full in wanted]
        for full, config in self._ask(self._admin.describe_configs, asked)["topic"].items():
            policy, has = wanted[full]["cleanup.policy"], config.get("cleanup.policy", {"value": "delete"})["value"]
            if policy not in has.split(","):
                raise LogError(f"topic {full} has cleanup.policy={has} and needs {policy}: alter it on the broker")

    def send_of(self, out: Out) -> Send:
        """A record as it goes to the broker, in a CloudEvents envelope; one that is too large is refused."""
        check_size(out)
        envelope = headers(out.topic, out.key, out.value, time.time_ns() // 1_000_000)
        partition = partition_of(out.key, self.partitions(out.topic))
        return Send(self.full(out.topic), partition, out.key.encode(), out.value, envelope)

    def append(self, outs: Sequence[Out]) -> None:
        """Appends all or none, in a transaction; see `Log.append`."""
        sends = [self.send_of(out) for out in outs]
        if not sends:
            return
        with self._appending:
            producer, self._producer = self._producer or self.clients.producer(self._append_id), None
            try:
                producer.begin_transaction()
                write(producer, sends)
            except (KafkaError, ValueError, RuntimeError) as error:
                with contextlib.suppress(KafkaError, CallTimedOut):  # else the broker aborts it when its time is over
                    limited(ABORT_SECONDS, producer.abort_transaction)
                self.clients.close_producer(producer)
                kind = RecordTooLarge if isinstance(error, MessageSizeTooLargeError) else LogError
                raise kind(f"Kafka has not taken the records ({error}): nothing was appended") from error
            try:
                limited(COMMIT_SECONDS, producer.commit_transaction)
            except (KafkaError, CallTimedOut) as error:
                self.clients.close_producer(producer)
                raise LogError(f"Kafka has not confirmed the records ({error}): see whether they are there") from error
            self._producer = producer  # only one that has never failed is used again

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> KafkaReader:
        """A reader without a group; see `Log.reader`."""
        begin = start or {}
        wanted = {TopicPartition(self.full(n), p): begin.get((n, p)) for n in topics for p in range(self.partitions(n))}
        return self.partition_reader(list(wanted), {at: offset for at, offset in wanted.items() if offset is not None})

    def partition_reader(
        self, partitions: Sequence[TopicPartition], start: Mapping[TopicPartition, int] | None = None
    ) -> KafkaReader:
        """A reader of these partitions, from `start` or the oldest record on."""
        first = self.offsets(partitions, OffsetSpec.EARLIEST)
        begin = {at: max(offset, (start or {}).get(at, 0)) for at, offset in first.items()}
        return KafkaReader(self.clients.reader(), self.bare, begin, self.offsets(partitions, OffsetSpec.LATEST))

    def offsets(
        self, partitions: Sequence[TopicPartition], spec: OffsetSpec, *, stable: bool = False
    ) -> dict[TopicPartition, int]:
        """Where partitions begin or end; unless `stable`, the end covers transactions that have not ended."""
        level = IsolationLevel.READ_COMMITTED if stable else IsolationLevel.READ_UNCOMMITTED
        found = self._ask(self._admin.list_partition_offsets, dict.fromkeys(partitions, spec), level, 8000)
        return {at: int(found[at].offset) for at in partitions}

    def session(self, stage: str, inputs: Sequence[str]) -> KafkaSession:
        """A member of the stage's consumer group; see `Log.session`."""
        return KafkaSession(self, stage, inputs)

    def _all(self, topics: Sequence[str]) -> list[TopicPartition]:
        return [TopicPartition(self.full(name), p) for name in topics for p in range(self.partitions(name))]

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset after the last committed record (and its transaction's marker), by (topic, partition)."""
        found = self.offsets(self._all(topics), OffsetSpec.LATEST, stable=True)
        return {(self.bare(at.topic), at.partition): offset for at, offset in found.items()}

    def begins(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of the oldest record that is left, by (topic, partition)."""
        found = self.offsets(self._all(topics), OffsetSpec.EARLIEST)
        return {(self.bare(at.topic), at.partition): offset for at, offset in found.items()}

    def rows(self, stage: str, table: str) -> dict[str, bytes]:
        """The committed rows of a stage's table, read from its changelog; see `Log.rows`."""
        name, found = changelog(stage), InMemoryRows()
        if (count := self._count(name)) is None:
            return {}
        partitions = [TopicPartition(self.full(name), p) for p in range(count)]
        with contextlib.closing(self.partition_reader(partitions)) as reader:
            while not reader.caught_up():
                found.apply(row for row in map(change_of, reader.poll(0.2)) if row.table == table)
        return dict(found.items(table))

    def lag(self, stage: str, inputs: Sequence[str]) -> Lag:
        """The records that the stage's group has not yet passed; those of open transactions count, and have no time."""
        partitions = self._all(inputs)
        group = self.group(stage)
        committed = self._ask(self._admin.list_group_offsets, {group: partitions})[group]
        begin = self.offsets(partitions, OffsetSpec.EARLIEST)
        stable = self.offsets(partitions, OffsetSpec.LATEST, stable=True)
        ends = self.offsets(partitions, OffsetSpec.LATEST)
        done = {at: max(begin[at], committed[at].offset if at in committed else 0) for at in partitions}
        open_ones = sum(max(0, ends[at] - max(stable[at], done[at])) for at in partitions)
        found = self._backlog.count({at: (done[at], stable[at]) for at in partitions})
        return replace(found, records=found.records + open_ones)

    def close(self) -> None:
        """Closes every client but those of sessions and readers."""
        with self._appending:
            if self._producer is not None:
                self.clients.close_producer(self._producer)
                self._producer = None
        self._backlog.close()
        with contextlib.suppress(KafkaError, CallTimedOut):
            limited(ABORT_SECONDS, self._admin.close)


def _config(policy: str, retention: int | None) -> dict[str, str]:
    config = {"cleanup.policy": policy, "message.timestamp.type": "LogAppendTime"}
    if policy == "compact":
        return {**config, "min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
    return {**config, "retention.ms": str(-1 if retention is None else retention)}
