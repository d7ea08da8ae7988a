"""Counts the records between two offsets of Kafka partitions.

Offsets alone overstate it: each transaction leaves a marker at an offset of its own, so a group that has read
everything would seem to lag by one for ever, and aborted records have offsets as well.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from stream.kafka.clients import Clients
from stream.kafka.reader import KafkaReader
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
            left = {at: (begin, end) for at, (begin, end) in left.items() if begin < end}
            try:
                times = self._times(left) if left else {}
            except KafkaError as error:
                raise LogError(f"Kafka does not let the lag be counted ({error}): see the broker's log") from error
        read = {at: (begin, min(end, begin + READ_UP_TO)) for at, (begin, end) in left.items()}
        self._empty.update({at: span for at, span in read.items() if not times[at]})
        long = {at: end - begin for at, (begin, end) in left.items() if end - begin > READ_UP_TO}
        count = sum(long.get(at, len(found)) for at, found in times.items())
        return Lag(count, min((found[0] for found in times.values() if found), default=None))

    def _after_empty(self, at: TopicPartition, begin: int) -> int:
        first, last = self._empty.get(at, (0, 0))
        return last if first <= begin < last else begin

    def _times(self, spans: Spans) -> Mapping[TopicPartition, list[int]]:
        """When the first records of each were appended, of `READ_UP_TO` offsets or more."""
        consumer = self._consumer = self._consumer or self._clients.reader()
        ends = {at: min(end, begin + READ_UP_TO) for at, (begin, end) in spans.items()}
        reader = KafkaReader(consumer, str, {at: begin for at, (begin, _) in spans.items()}, ends)
        found: dict[TopicPartition, list[int]] = defaultdict(list)
        deadline = time.monotonic() + READ_SECONDS
        while not reader.caught_up():
            if time.monotonic() > deadline:
                raise LogError(f"Kafka does not answer within {READ_SECONDS} s: check that the broker is up")
            for record in reader.poll(0.2):
                if record.offset < spans[at := TopicPartition(record.topic, record.partition)][1]:
                    found[at].append(record.timestamp)
        return {at: found[at] for at in spans}

    def close(self) -> None:
        """Closes its connections."""
        with self._lock:
            if self._consumer is not None:
                self._consumer.close(timeout_ms=1000)
                self._consumer = None
