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
from stream.log import LogError

__all__ = ["Backlog"]

READ_UP_TO = 500
READ_SECONDS = 8


class Backlog:
    """Counts by reading where the distance is small; a large one is given as it is, since markers are few in it."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._consumer: KafkaConsumer | None = None
        self._lock = threading.Lock()
        self._empty: dict[TopicPartition, tuple[int, int]] = {}  # spans in which no record was found

    def count(self, spans: Mapping[TopicPartition, tuple[int, int]]) -> int:
        """How many records lie in these (from, to) of each partition."""
        with self._lock:
            left = {at: (self._after_empty(at, begin), end) for at, (begin, end) in spans.items()}
            far = sum(end - begin for begin, end in left.values() if end - begin > READ_UP_TO)
            near = {at: span for at, span in left.items() if 0 < span[1] - span[0] <= READ_UP_TO}
            try:
                return far + (self._read(near) if near else 0)
            except KafkaError as error:
                raise LogError(f"Kafka does not let the lag be counted ({error}): see the broker's log") from error

    def _after_empty(self, at: TopicPartition, begin: int) -> int:
        first, last = self._empty.get(at, (0, 0))
        return last if first <= begin < last else begin

    def _read(self, spans: Mapping[TopicPartition, tuple[int, int]]) -> int:
        if self._consumer is None:
            self._consumer = self._clients.reader()
        self._consumer.assign(sorted(spans))
        self._consumer.resume(*spans)
        for at, (begin, _) in spans.items():
            self._consumer.seek(at, begin)
        counts = dict.fromkeys(spans, 0)
        deadline = time.monotonic() + READ_SECONDS
        while missing := [at for at in spans if self._consumer.position(at, timeout_ms=1000) < spans[at][1]]:
            if time.monotonic() > deadline:
                raise LogError(f"Kafka does not answer within {READ_SECONDS} s: check that the broker is up")
            for at in set(spans) - set(missing):
                self._consumer.pause(at)
            for at, batch in self._consumer.poll(timeout_ms=200).items():
                counts[at] += sum(record.offset < spans[at][1] for record in batch)
        self._empty.update({at: spans[at] for at, count in counts.items() if not count})
        return sum(counts.values())

    def close(self) -> None:
        """Closes its connections."""
        with self._lock:
            if self._consumer is not None:
                self._consumer.close(timeout_ms=1000)
                self._consumer = None
