"""Counts the records between two offsets of Kafka partitions.

Offsets alone overstate it: each transaction leaves a marker at an offset of its own, so a group that has read
everything would seem to lag by one for ever, and aborted records have offsets as well.
"""

import threading
import time
from collections.abc import Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.kafka.clients import Clients
from stream.log.port import Lag, LogError

__all__ = ["Backlog"]

Spans = Mapping[TopicPartition, tuple[int, int]]  # (from, to)
READ_UP_TO = 500
READ_SECONDS = 8


class Backlog:
    """Counts by reading where the distance is small; a large one is given as it is, since markers are few in it."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._consumer: KafkaConsumer | None = None
        self._lock = threading.Lock()
        self._empty: dict[TopicPartition, tuple[int, int]] = {}  # spans in which no record was found

    def count(self, spans: Spans) -> Lag:
        """The records that lie in these (from, to) of each partition."""
        with self._lock:
            left = {at: (self._after_empty(at, begin), end) for at, (begin, end) in spans.items()}
            near = {at: (begin, end) for at, (begin, end) in left.items() if 0 < end - begin <= READ_UP_TO}
            far = {at: (begin, end) for at, (begin, end) in left.items() if end - begin > READ_UP_TO}
            try:
                counts, first = self._read(near) if near else ({}, {})
                for at, (begin, end) in far.items():
                    counts[at], first = end - begin, {**first, **self._first(at, begin, end)}
            except KafkaError as error:
                raise LogError(f"Kafka does not let the lag be counted ({error}): see the broker's log") from error
        return Lag(sum(counts.values()), min(first.values(), default=None))

    def _after_empty(self, at: TopicPartition, begin: int) -> int:
        first, last = self._empty.get(at, (0, 0))
        return last if first <= begin < last else begin

    def _read(self, spans: Spans) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        """How many there are in each, and the time of the first."""
        consumer = self._begun(spans)
        counts, first = dict.fromkeys(spans, 0), dict[TopicPartition, int]()
        deadline = time.monotonic() + READ_SECONDS
        while missing := [at for at in spans if consumer.position(at, timeout_ms=1000) < spans[at][1]]:
            _check(deadline)
            for at in set(spans) - set(missing):
                consumer.pause(at)
            for at, batch in consumer.poll(timeout_ms=200).items():
                mine = [record.timestamp for record in batch if record.offset < spans[at][1]]
                counts[at] += len(mine)
                first.update({at: first.get(at, mine[0])} if mine else {})
        self._empty.update({at: spans[at] for at, count in counts.items() if not count})
        return counts, first

    def _first(self, at: TopicPartition, begin: int, end: int) -> dict[TopicPartition, int]:
        """The time of the first record, where there is one."""
        consumer = self._begun({at: (begin, end)})
        deadline = time.monotonic() + READ_SECONDS
        while consumer.position(at, timeout_ms=1000) < end:
            _check(deadline)
            for batch in consumer.poll(timeout_ms=200, max_records=1).values():
                return {at: batch[0].timestamp}
        return {}

    def _begun(self, spans: Spans) -> KafkaConsumer:
        """The consumer, at the beginning of each."""
        consumer = self._consumer = self._consumer or self._clients.reader()
        consumer.assign(sorted(spans))
        consumer.resume(*spans)
        for at, (begin, _) in spans.items():
            consumer.seek(at, begin)
        return consumer

    def close(self) -> None:
        """Closes its connections."""
        with self._lock:
            if self._consumer is not None:
                self._consumer.close(timeout_ms=1000)
                self._consumer = None


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise LogError(f"Kafka does not answer within {READ_SECONDS} s: check that the broker is up")
