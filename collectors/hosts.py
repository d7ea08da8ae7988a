"""A gap between two requests to one host, across all of its feeds."""

import threading
import time
from urllib.parse import urlsplit

__all__ = ["HostGaps"]

MOST_HOSTS = 10_000


class HostGaps:
    """Lets a request to a host begin `gap` seconds after the last one began."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def wait(self, url: str) -> None:
        """Waits for this host's turn."""
        if not self._gap:
            return
        host = urlsplit(url).netloc.lower()
        with self._lock:
            now = time.monotonic()
            if len(self._next) > MOST_HOSTS:
                self._next = {h: at for h, at in self._next.items() if at > now}
            at = max(now, self._next.get(host, 0.0))
            self._next[host] = at + self._gap
        self._closing.wait(at - now)

    def close(self) -> None:
        """Ends all waits."""
        self._closing.set()
