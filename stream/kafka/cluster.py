"""A Kafka cluster as one stream sees it: names with the prefix, topics and their policies, offsets, and readers."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from kafka import IsolationLevel, OffsetSpec, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, RetriableError, TopicAlreadyExistsError, for_code

from stream.engine.clock import wall_clock
from stream.kafka.clients import Clients, Send, limited
from stream.kafka.reader import KafkaReader
from stream.log.cloudevents import headers
from stream.log.port import LogError, check_size, unknown_topic, wrong_partitions
from stream.log.records import Out
from stream.log.topics import Topic, partition_of

__all__ = ["Cluster"]

T = TypeVar("T")
ANSWER_SECONDS = 10
RETRY_SECONDS = 0.2


class Cluster:
    """The cluster at `bootstrap` (host:port); `prefix` is put before topic and group names.

    `security` holds kafka-python's own settings for TLS and SASL. All methods may be called from any thread.
    """

    def __init__(
        self, bootstrap: Sequence[str], *, prefix: str = "", security: Mapping[str, Any] | None = None
    ) -> None:
        self.traced = False  # whether records carry the context of their item's trace
        self.clients = Clients(bootstrap, security)
        self.admin = self.clients.admin()
        self._prefix = prefix
        self._counts: dict[str, int] = {}

    def full(self, name: str) -> str:
        """The name on the cluster."""
        return self._prefix + name

    def bare(self, full: str) -> str:
        """The name without our prefix."""
        return full[len(self._prefix) :]

    def group(self, stage: str) -> str:
        """The consumer group of a stage."""
        return self.full(f"themewire-{stage}")

    def ask(self, call: Callable[..., T], *arguments: object, seconds: float = ANSWER_SECONDS) -> T:
        """What a method of `admin` returns, in bounded time; a broker that is still coming up is asked again."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                try:
                    return limited(max(RETRY_SECONDS, deadline - time.monotonic()), call, *arguments)
                except RetriableError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(RETRY_SECONDS)
        except (KafkaError, OSError) as error:
            raise LogError(f"Kafka does not answer ({error}): check that the broker is up") from error

    def _refresh(self) -> None:
        found = self.ask(self.admin.describe_topics)
        self._counts = {t["name"]: len(t["partitions"]) for t in found if not t["error_code"]}

    def has(self, name: str) -> bool:
        """Whether there is such a topic."""
        if self.full(name) not in self._counts:
            self._refresh()
        return self.full(name) in self._counts

    def count(self, name: str) -> int:
        """How many partitions a topic has; an unknown one is a `LogError`."""
        if not self.has(name):
            raise unknown_topic(name, (self.bare(full) for full in self._counts if full.startswith(self._prefix)))
        return self._counts[self.full(name)]

    def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        """All partitions of these topics."""
        return [TopicPartition(self.full(name), p) for name in topics for p in range(self.count(name))]

    def ensure(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing; see `Log.ensure`."""
        wanted = {self.full(topic.name): topic for topic in topics}
        self._refresh()
        if missing := {full: topic for full, topic in wanted.items() if full not in self._counts}:
            self._make(missing)
            self._refresh()
        if there := {full: topic for full, topic in wanted.items() if full not in missing}:
            self._check_policies(there)
        for full, topic in wanted.items():
            if (has := self._counts.get(full)) != topic.partitions:
                raise wrong_partitions(full, has, topic.partitions)

    def _make(self, missing: Mapping[str, Topic]) -> None:
        orders = {full: {"num_partitions": t.partitions, "configs": _config(t)} for full, t in missing.items()}
        made = self.ask(lambda: self.admin.create_topics(orders, raise_errors=False))
        for topic in made["topics"]:
            error = for_code(topic["error_code"])
            if topic["error_code"] and error is not TopicAlreadyExistsError:  # another process may have been first
                raise LogError(f"Kafka does not make topic {topic['name']}: {error.__name__}")
        self.ask(self.admin.wait_for_topics, list(missing))

    def _check_policies(self, wanted: Mapping[str, Topic]) -> None:
        """A changelog that is not compacted would lose tables, so a topic that somebody else made is looked at."""
        asked = [ConfigResource(ConfigResourceType.TOPIC, full) for full in wanted]
        for full, config in self.ask(self.admin.describe_configs, asked)["topic"].items():
            policy, has = wanted[full].policy, config.get("cleanup.policy", {"value": "delete"})["value"]
            if policy not in has.split(","):
                raise LogError(f"topic {full} has cleanup.policy={has} and needs {policy}: alter it on the broker")

    def send_of(self, out: Out) -> Send:
        """A record as it goes to the broker, in a CloudEvents envelope; one that is too large is refused."""
        check_size(out)
        envelope = headers(out.topic, out.key, out.value, wall_clock(), self.traced)
        partition = partition_of(out.key, self.count(out.topic))
        return Send(self.full(out.topic), partition, out.key.encode(), out.value, envelope)

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> KafkaReader:
        """A reader without a group; see `Log.reader`."""
        wanted = {at: (start or {}).get((self.bare(at.topic), at.partition), 0) for at in self.partitions(topics)}
        return self.partition_reader(wanted)

    def partition_reader(self, start: Mapping[TopicPartition, int]) -> KafkaReader:
        """A reader of these partitions, from these offsets or the oldest record on."""
        first = self.offsets(list(start), OffsetSpec.EARLIEST)
        begin = {at: max(offset, start[at]) for at, offset in first.items()}
        return KafkaReader(self.clients.reader(), self.bare, begin, self.offsets(list(start), OffsetSpec.LATEST))

    def offsets(
        self, partitions: Sequence[TopicPartition], spec: OffsetSpec, *, stable: bool = False
    ) -> dict[TopicPartition, int]:
        """Where partitions begin or end; unless `stable`, the end covers transactions that have not ended."""
        level = IsolationLevel.READ_COMMITTED if stable else IsolationLevel.READ_UNCOMMITTED
        found = self.ask(self.admin.list_partition_offsets, dict.fromkeys(partitions, spec), level, 8000)
        return {at: int(found[at].offset) for at in partitions}


def _config(topic: Topic) -> dict[str, str]:
    config = {"cleanup.policy": topic.policy, "message.timestamp.type": "LogAppendTime"}
    if topic.policy == "compact":
        return {**config, "min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
    return {**config, "retention.ms": str(-1 if topic.retention is None else topic.retention)}
