"""Hosts that have asked to be left alone: one feed's 429 or 503 keeps all feeds of its host away for that time.

This is the memory of a process, for requests that wait already; what outlives it is `collectors.deciding.hosts`.
"""

import threading
from collections.abc import Callable

__all__ = ["Cooling"]

FIRST = 60.0  # seconds, where the answer does not say how long; twice as long each time
LONGEST = 3600.0  # then
MOST_HOSTS = 10_000


class Cooling:
    """The hosts that are left alone, for many threads; `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._times: dict[str, int] = {}  # how often a host has asked since it last answered
        self._lock = threading.Lock()

    def left(self, host: str) -> float:
        """The seconds for which the host is still left alone, 0 for none."""
        with self._lock:
            return max(0.0, self._until.get(host, 0.0) - self._clock())

    def asked(self, host: str, seconds: float) -> float:
        """The host asks to be left alone for so long; 0 where it does not say how long. Returns how long it will be."""
        with self._lock:
            times = self._times[host] = self._times.get(host, 0) + 1
            wait = seconds or min(LONGEST, FIRST * 2.0 ** min(times - 1, 10))
            self._until[host] = max(self._until.get(host, 0.0), self._clock() + wait)
            if len(self._until) > MOST_HOSTS:
                self._forget_those_that_are_over()
            return wait

    def answered(self, host: str) -> None:
        """The host gives answers again."""
        with self._lock:
            self._times.pop(host, None)

    def _forget_those_that_are_over(self) -> None:
        now = self._clock()
        self._until = {host: until for host, until in self._until.items() if until > now}
        self._times = {host: times for host, times in self._times.items() if host in self._until}
