"""Reads partitions of Kafka without a group: for tails, global tables, and the restore of a stage's own tables."""

import contextlib
import time
from collections.abc import Callable, Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from stream.kafka.clients import NoAnswer
from stream.log.port import LogError
from stream.log.records import Record

__all__ = ["KafkaReader", "record_of"]

SILENCE_SECONDS = 60
POSITION_MS = 5000


def record_of(found: ConsumerRecord, name: str) -> Record:
    """Our record of a client's one."""
    return Record(name, found.partition, found.offset, (found.key or b"").decode(), found.value, found.timestamp)


class KafkaReader:
    """See `stream.log.port.Reader`; `ends` are the high watermarks of the moment at which it was opened.

    A stable offset would not do: it lags behind a commit that has returned. Up to the high watermark the reader may
    have to wait for a transaction that is still open.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        name_of: Callable[[str], str],
        start: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        self._consumer = consumer
        self._name_of = name_of
        self._watch = watch
        self._missing = {at: end for at, end in ends.items() if start[at] < end}
        self._partitions = sorted(start)
        self._heard = time.monotonic()
        consumer.assign(self._partitions)
        for at, offset in start.items():
            consumer.seek(at, offset)

    def poll(self, timeout: float) -> list[Record]:
        """Further committed records; a broker that is silent while records are missing is a `LogError`.

        A topic that is gone is a `NeedsOperator`.
        """
        with contextlib.suppress(NoAnswer):  # it may come back; that records are missing is noticed below
            self._watch()
        try:
            batches = self._consumer.poll(timeout_ms=max(0, int(timeout * 1000)))
        except KafkaError as error:
            raise LogError(f"the topics cannot be read ({error}): see the broker's log") from error
        if batches or self.caught_up():
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > SILENCE_SECONDS:
            raise LogError(f"Kafka has sent nothing for {SILENCE_SECONDS} s: check that the broker is up")
        return [record_of(found, self._name_of(at.topic)) for at, batch in batches.items() for found in batch]

    def caught_up(self) -> bool:
        """Whether all that was committed when the reader was opened has been returned."""
        self._missing = {at: end for at, end in self._missing.items() if self._position(at) < end}
        return not self._missing

    @property
    def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset by (topic, partition)."""
        return {(self._name_of(at.topic), at.partition): self._position(at) for at in self._partitions}

    def _position(self, at: TopicPartition) -> int:
        """The client's own position, since it also passes markers and what was aborted."""
        position = self._consumer.position(at, timeout_ms=POSITION_MS)
        if position is None:
            raise LogError(f"Kafka does not say where {at.topic} begins: check that the broker is up")
        return int(position)

    def close(self) -> None:
        """Closes its connections."""
        self._consumer.close(timeout_ms=1000)
