"""What is kept of a compacted topic by those who only look at it now and then."""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from stream.log.port import Log, records

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
        self._lock = threading.Lock()

    def rows(self) -> Mapping[str, T]:
        """As of now; raises `LogError` where the stream cannot be asked."""
        with self._lock:
            ends = self._log.ends([self._topic])
            if ends != self._ends:
                for record in records(self._log, [self._topic], self._ends):
                    self._take(record.key, record.value)
                self._ends = ends
            return dict(self._kept)

    def _take(self, key: str, value: bytes | None) -> None:
        kept = None if value is None else self._keep(value)
        if kept is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = kept
