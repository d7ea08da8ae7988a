"""A Kafka cluster as one stream sees it: names with the prefix, topics and their partitions, offsets, and readers."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from kafka import IsolationLevel, OffsetSpec, TopicPartition
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    RetriableError,
    TopicAuthorizationFailedError,
    UnknownBrokerIdError,
)

from stream.engine.clock import wall_clock
from stream.kafka.calls import limited
from stream.kafka.clients import Clients, NoAnswer, Send
from stream.kafka.reader import KafkaReader
from stream.kafka.topic_watch import TopicWatch
from stream.log.cloudevents import headers
from stream.log.port import LogError, check_size, unknown_topic
from stream.log.records import Out
from stream.log.topics import partition_of

__all__ = ["COMING_UP", "Cluster"]

T = TypeVar("T")
ANSWER_SECONDS = 10
LOOK_SECONDS = 3
AUTHORIZATION = (TopicAuthorizationFailedError, GroupAuthorizationFailedError, ClusterAuthorizationFailedError)
COMING_UP = (RetriableError, UnknownBrokerIdError)  # the second while the client does not know a broker, yet or again
RETRY_SECONDS = 0.2
VISIBLE_SECONDS = 5
VISIBLE_POLL = 0.01


class Cluster:
    """The cluster that `clients` are for; `prefix` is put before the names of topics, groups and transactions.

    All methods may be called from any thread.
    """

    def __init__(self, clients: Clients, prefix: str = "") -> None:
        self.traced = False  # whether records carry the context of their item's trace
        self.clients = clients
        self.admin = self.clients.admin()
        self._prefix = prefix
        self._counts: dict[str, int] = {}
        self._ids: dict[str, str] = {}

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
                except COMING_UP:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(RETRY_SECONDS)
        except AUTHORIZATION as error:
            raise LogError(
                f"Kafka does not let this user do that ({type(error).__name__}): `themewire topics acls` lists the "
                "rights of each role"
            ) from error
        except (*COMING_UP, KafkaConnectionError, OSError) as error:
            raise NoAnswer("Kafka does not answer: check that the broker is up") from error
        except KafkaError as error:
            raise NoAnswer(f"Kafka does not answer ({error}): check that the broker is up") from error

    def refresh(self) -> dict[str, dict[str, Any]]:
        """Every topic that may be seen, as the client describes it, by the cluster's name."""
        found = {t["name"]: t for t in self.ask(self.admin.describe_topics) if not t["error_code"]}
        self._counts = {full: len(topic["partitions"]) for full, topic in found.items()}
        self._ids = {full: str(topic["topic_id"]) for full, topic in found.items()}
        return found

    def has(self, name: str) -> bool:
        """Whether there is such a topic."""
        if self.full(name) not in self._counts:
            self.refresh()
        return self.full(name) in self._counts

    def count(self, name: str) -> int:
        """How many partitions a topic has; an unknown one is a `LogError`."""
        if not self.has(name):
            raise unknown_topic(name, (self.bare(full) for full in self._counts if full.startswith(self._prefix)))
        return self._counts[self.full(name)]

    def ids(self, names: Iterable[str]) -> dict[str, str]:
        """The topics' ids, by the cluster's names: one that is made anew has another."""
        return {full: self._ids[full] for name in names if self.has(name) and (full := self.full(name))}

    def watch(self, names: Iterable[str]) -> TopicWatch:
        """What looks whether these topics are still there."""
        return TopicWatch(
            self.ids(names), lambda full: self.ask(self.admin.describe_topics, full, seconds=LOOK_SECONDS)
        )

    def partitions(self, topics: Sequence[str]) -> list[TopicPartition]:
        """All partitions of these topics."""
        return [TopicPartition(self.full(name), p) for name in topics for p in range(self.count(name))]

    def send_of(self, out: Out) -> Send:
        """A record as it goes to the broker, in a CloudEvents envelope; one that is too large is refused."""
        check_size(out)
        envelope = headers(out.topic, out.key, out.value, wall_clock(), self.traced)
        partition = partition_of(out.key, self.count(out.topic))
        return Send(self.full(out.topic), partition, out.key.encode(), out.value, envelope)

    def reader(self, topics: Sequence[str], start: Mapping[tuple[str, int], int] | None = None) -> KafkaReader:
        """A reader without a group; see `Log.reader`."""
        wanted = {at: (start or {}).get((self.bare(at.topic), at.partition), 0) for at in self.partitions(topics)}
        return self.partition_reader(wanted, self.watch(topics).look)

    def partition_reader(
        self, start: Mapping[TopicPartition, int], watch: Callable[[], None] = lambda: None
    ) -> KafkaReader:
        """A reader of these partitions, from these offsets or the oldest record on."""
        first = self.offsets(list(start), OffsetSpec.EARLIEST)
        begin = {at: max(offset, start[at]) for at, offset in first.items()}
        ends = self.offsets(list(start), OffsetSpec.LATEST)
        return KafkaReader(self.clients.reader(), self.bare, begin, ends, watch)

    def offsets(
        self, partitions: Sequence[TopicPartition], spec: OffsetSpec, *, stable: bool = False
    ) -> dict[TopicPartition, int]:
        """Where partitions begin or end; unless `stable`, the end covers transactions that have not ended."""
        level = IsolationLevel.READ_COMMITTED if stable else IsolationLevel.READ_UNCOMMITTED
        found = self.ask(self.admin.list_partition_offsets, dict.fromkeys(partitions, spec), level, 8000)
        return {at: int(found[at].offset) for at in partitions}

    def until_visible(self, written: Mapping[TopicPartition, int]) -> None:
        """Returns once readers are given what a committed transaction wrote up to these offsets.

        The broker confirms a commit before it has marked it in each partition. Where another transaction is open in
        front of it, nobody can read it yet, and this returns after a moment.
        """
        deadline = time.monotonic() + VISIBLE_SECONDS
        while time.monotonic() < deadline:
            ends = self.offsets(list(written), OffsetSpec.LATEST, stable=True)
            if all(ends[at] > offset for at, offset in written.items()):
                return
            time.sleep(VISIBLE_POLL)
