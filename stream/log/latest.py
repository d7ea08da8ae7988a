"""What is kept of a compacted topic by those who only look at it now and then."""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from stream.log.port import Log, records
from stream.log.records import Record

__all__ = ["Latest"]

T = TypeVar("T")


class Latest(Generic[T]):
    """By key what `keep` makes of the latest value, None for nothing; read on when the topic has grown.

    Values themselves are not held, since models are large. It may be asked from any thread.
    """

    def __init__(self, log: Log, topic: str, keep: Callable[[bytes], T | None]) -> None:
        self._log = log
        self._topic = topic
        self._keep = keep
        self._ends: Mapping[tuple[str, int], int] = {}
        self._kept: dict[str, T] = {}
        self._places: dict[str, tuple[int, int]] = {}  # of every key: the partition and offset of its last record
        self._lock = threading.Lock()

    def rows(self) -> Mapping[str, T]:
        """As of now; raises `LogError` where the stream cannot be asked."""
        with self._lock:
            self._read()
            return dict(self._kept)

    def since(self, offsets: Mapping[tuple[str, int], int]) -> Mapping[str, T | None]:
        """What has changed from these offsets on, by (topic, partition): None is a key of which nothing is kept.

        Raises `LogError`.
        """
        with self._lock:
            self._read()
            known = {partition: offset for (topic, partition), offset in offsets.items() if topic == self._topic}
            return {
                key: self._kept.get(key)
                for key, (partition, offset) in self._places.items()
                if offset >= known.get(partition, 0)
            }

    def _read(self) -> None:
        ends = self._log.ends([self._topic])
        if ends != self._ends:
            for record in records(self._log, [self._topic], self._ends):
                self._take(record)
            self._ends = ends

    def _take(self, record: Record) -> None:
        kept = None if record.value is None else self._keep(record.value)
        self._places[record.key] = (record.partition, record.offset)
        if kept is None:
            self._kept.pop(record.key, None)
        else:
            self._kept[record.key] = kept
