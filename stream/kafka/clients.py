"""Kafka's clients as this project uses them: their settings, a bound on every call, and the checked transaction.

kafka-python 3.0.12 can commit a transaction that lacks records, and can hang for ever in a commit. So nothing else
calls a producer's transactional methods: `write` checks every future before a commit, and `limited` bounds the calls
that have no time-out of their own.
"""

import importlib.util
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError, MessageSizeTooLargeError

from stream.kafka.calls import limited
from stream.kafka.security import Security
from stream.log.port import LogError

__all__ = [
    "COMPRESSIONS",
    "Clients",
    "Compression",
    "Membership",
    "NoAnswer",
    "Send",
    "write",
]

T = TypeVar("T")
Compression = Literal["none", "gzip", "snappy", "lz4", "zstd"]
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

CONNECT_SECONDS = 4
BOOTSTRAP_MS = 8_000
HEARTBEAT_MS = 500  # a member hears with its next one that partitions are shared out anew
MAX_POLL_MS = 60_000  # between two polls of a member, before the group gives its partitions to others
FLUSH_SECONDS = 15
CLOSE_SECONDS = 2
MAX_MESSAGE = 1_000_000  # under the broker's usual 1,048,588, over `MAX_RECORD_BYTES` with key and headers


class NoAnswer(LogError):
    """Kafka is away, or does not say anything."""


@dataclass(frozen=True, slots=True)
class Send:
    """One record as it goes to the broker."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)


def write(producer: KafkaProducer, sends: Sequence[Send]) -> dict[TopicPartition, int]:
    """Sends within the open transaction; returns only when the broker has every record, else raises `KafkaError`.

    Returns the last offset in each partition.

    A record that the broker finds too large is a `MessageSizeTooLargeError`, whichever call hears of it.
    """
    try:
        futures = [
            producer.send(s.topic, s.value, s.key, [(k, v) for k, v in s.headers.items()], s.partition) for s in sends
        ]
    except KafkaError as error:  # the broker may have refused one while the rest were being sent
        raise next((each for each in error.args if isinstance(each, MessageSizeTooLargeError)), error) from error
    producer.flush(timeout=FLUSH_SECONDS)
    for future in futures:
        if not future.is_done:
            raise KafkaError("a record was not acknowledged")
        if future.failed():
            raise future.exception
    last: dict[TopicPartition, int] = {}
    for send, future in zip(sends, futures, strict=True):
        at = TopicPartition(send.topic, send.partition)
        last[at] = max(last.get(at, 0), future.value.offset)
    return last


@dataclass(frozen=True, slots=True)
class Membership:
    """How members belong to their group: `instance` makes them static, so that one who comes back keeps its share.

    After `session_seconds` without a sign of life the group gives a member's partitions to others.
    """

    instance: str = ""
    session_seconds: float = 6.0


class _Producer(KafkaProducer):  # type: ignore[misc]  # the client has no types
    """A producer whose end prints nothing: the client's own raises there what it could not flush."""

    def __del__(self) -> None:
        end_producer(self)


def end_producer(producer: KafkaProducer) -> None:
    """Ends its thread without waiting; `close` does not, where something cannot be sent any more."""
    if not getattr(producer, "_closed", True):
        producer._closed = True  # so that its own hooks at exit find nothing to do
        producer._unregister_cleanup()
        producer._sender.force_close()


class Clients:
    """Makes clients for one cluster: the one place that knows their options."""

    def __init__(
        self,
        bootstrap: Sequence[str],
        security: Security | None = None,
        compression: Compression = "none",
        membership: Membership | None = None,
    ) -> None:
        if importlib.util.find_spec("crc32c") is None:
            raise LogError("the package crc32c is missing, without which Kafka is slow: install kafka-python[crc32c]")
        self._servers = list(bootstrap)
        self._security = security or Security()
        self._compression = None if compression == "none" else compression
        self._membership = membership or Membership()
        self._common = {
            "bootstrap_servers": self._servers,
            "bootstrap_timeout_ms": BOOTSTRAP_MS,
            "reconnect_backoff_max_ms": 1000,
            **self._security.options(),
        }

    @property
    def instance(self) -> str:
        """The name of a static member; empty for others."""
        return self._membership.instance

    def admin(self) -> KafkaAdminClient:
        """An admin client; its methods may be called from any thread."""
        return self._made(KafkaAdminClient, request_timeout_ms=8000)

    def producer(self, transactional_id: str) -> KafkaProducer:
        """A producer ready for its first transaction; what its predecessor of the same id left open is aborted."""
        producer = self._made(
            _Producer,
            compression_type=self._compression,
            transactional_id=transactional_id,
            acks="all",
            transaction_timeout_ms=10_000,
            retry_backoff_ms=5,
            linger_ms=5,
            batch_size=131_072,
            max_request_size=MAX_MESSAGE,
            delivery_timeout_ms=14_000,
            request_timeout_ms=8000,
            max_block_ms=15_000,
            metrics_enabled=False,
            allow_auto_create_topics=False,
        )
        try:
            producer.init_transactions()
        except KafkaError as error:
            self.close_producer(producer)
            raise LogError(f"{self._where()} gave no transaction ({error}): see the broker's log") from error
        return producer

    def loader(self) -> KafkaProducer:
        """A producer without transactions, whose records keep their order: to fill topics that nobody reads yet."""
        return self._made(
            KafkaProducer,
            enable_idempotence=True,
            acks="all",
            compression_type=self._compression,
            linger_ms=20,
            batch_size=131_072,
            max_request_size=MAX_MESSAGE,
            delivery_timeout_ms=60_000,
            request_timeout_ms=15_000,
            max_block_ms=30_000,
            metrics_enabled=False,
            allow_auto_create_topics=False,
        )

    def member(self, group: str, client: str) -> KafkaConsumer:
        """A consumer for a member of a group; it has not subscribed yet."""
        instance = self._membership.instance
        return self._consumer(
            group_id=group,
            client_id=client,
            group_instance_id=f"{group}-{instance}" if instance else None,
            session_timeout_ms=int(self._membership.session_seconds * 1000),
            heartbeat_interval_ms=HEARTBEAT_MS,
            max_poll_interval_ms=MAX_POLL_MS,
            max_poll_records=200,
            partition_assignment_strategy=[RangePartitionAssignor],
        )

    def reader(self) -> KafkaConsumer:
        """A consumer without a group; it is assigned no partition yet."""
        return self._consumer(max_poll_records=500)

    def _consumer(self, **settings: object) -> KafkaConsumer:
        return self._made(
            KafkaConsumer,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=1000,  # a record ends the wait, so this delays none
            fetch_max_bytes=8_000_000,
            metadata_max_age_ms=60_000,
            metrics_enabled=False,
            allow_auto_create_topics=False,
            **settings,
        )

    def _made(self, kind: Callable[..., T], **settings: object) -> T:
        self._check_contact()
        if tokens := self._common.get("sasl_oauth_token_provider"):
            tokens.token()  # what is wrong with it the client would not say
        try:
            return kind(**self._common, **settings)
        except KafkaError as error:
            raise LogError(f"{self._where()} does not serve us: {self._why_refused()}") from error

    def _check_contact(self) -> None:
        """A client that cannot bootstrap leaves a thread behind and does not say why, so a plain connect goes first."""
        reasons = []
        for server in self._servers:
            try:
                socket.create_connection(_address(server), CONNECT_SECONDS / len(self._servers)).close()
                return
            except (OSError, ValueError) as error:
                reasons.append(str(error))
        raise NoAnswer(f"{self._where()} cannot be reached ({reasons[0]}): check the address and that the broker is up")

    def _why_refused(self) -> str:
        return self._security.why_refused(*_address(self._servers[0]))

    def _where(self) -> str:
        return f"Kafka at {', '.join(self._servers)}"

    @staticmethod
    def close_producer(producer: KafkaProducer) -> None:
        """Closes it in bounded time, whatever state it is in."""
        try:
            limited(CLOSE_SECONDS + 1, producer.close, CLOSE_SECONDS)
        except KafkaError:
            end_producer(producer)  # it had failed already, and nothing is left that it could do


def _address(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return host.strip("[]"), int(port)
