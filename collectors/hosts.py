"""A gap between two requests to one host, across all of its feeds."""

import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

__all__ = ["HostGaps"]

MOST_HOSTS = 10_000


class HostGaps:
    """Lets a request to a host begin `gap` seconds after the last one began; `clock` counts seconds."""

    def __init__(self, gap: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = gap
        self._clock = clock
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def wait(self, url: str) -> None:
        """Waits for this host's turn."""
        if seconds := self.reserve(url):
            self._closing.wait(seconds)

    def reserve(self, url: str) -> float:
        """Takes the host's next turn, and says in how many seconds that is."""
        if not self._gap:
            return 0.0
        host = urlsplit(url).netloc.rpartition("@")[2].lower()
        with self._lock:
            now = self._clock()
            if len(self._next) >= MOST_HOSTS:
                self._next = {h: at for h, at in self._next.items() if at > now}
            at = max(now, self._next.get(host, 0.0))
            self._next[host] = at + self._gap
        return at - now

    def close(self) -> None:
        """Ends all waits."""
        self._closing.set()
