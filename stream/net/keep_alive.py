"""Idle connections, kept for the next request to the same server."""

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

__all__ = ["Idle"]


class _Keepable(Protocol):
    def is_quiet(self) -> bool: ...
    def close(self) -> None: ...


K = TypeVar("K", bound=Hashable)
C = TypeVar("C", bound=_Keepable)


class Idle(Generic[K, C]):
    """At most `size` connections, each kept for `seconds`; the ones longest unused go first. For many threads."""

    def __init__(self, size: int = 256, seconds: float = 120.0) -> None:
        self._size = size
        self._seconds = seconds
        self._lock = threading.Lock()
        self._rows: OrderedDict[int, tuple[float, K, C]] = OrderedDict()  # oldest first
        self._by_key: dict[K, list[int]] = {}
        self._next = 0
        self._open = True

    def put(self, key: K, connection: C) -> None:
        """Keeps a connection; closes those that are too many or too old."""
        now = time.monotonic()
        with self._lock:
            self._next += 1
            self._rows[self._next] = (now, key, connection)
            self._by_key.setdefault(key, []).append(self._next)
            closing = [self._remove(number) for number in self._surplus(now)]
        for old in closing:
            old.close()

    def take(self, key: K) -> C | None:
        """The connection for this key that was used last, if one is still open and quiet."""
        while True:
            with self._lock:
                numbers = self._by_key.get(key)
                if not numbers:
                    return None
                since = self._rows[numbers[-1]][0]
                connection = self._remove(numbers[-1])
            if time.monotonic() - since < self._seconds and connection.is_quiet():
                return connection
            connection.close()

    def close(self) -> None:
        """Closes all, and from now on whatever is put."""
        with self._lock:
            self._open = False
            closing = [self._remove(number) for number in list(self._rows)]
        for connection in closing:
            connection.close()

    def _surplus(self, now: float) -> list[int]:
        if not self._open:
            return list(self._rows)
        many = len(self._rows) - self._size
        surplus: list[int] = []
        for number, (since, _, _) in self._rows.items():
            if many <= len(surplus) and now - since < self._seconds:
                break
            surplus.append(number)
        return surplus

    def _remove(self, number: int) -> C:
        _, key, connection = self._rows.pop(number)
        numbers = self._by_key[key]
        numbers.remove(number)
        if not numbers:
            del self._by_key[key]
        return connection
