"""Hosts that have asked to be left alone: one feed's 429 or 503 keeps all feeds of its host away for that time.

But where most of what a host was asked in the last seconds it has answered well, it speaks for that one feed only, as a
site with one broken page does, or a bridge whose feeds are of many sites.

This is the memory of a process, for requests that wait already; what outlives it is `collectors.deciding.host_backoff`.
"""

import threading
from collections import deque
from collections.abc import Callable

__all__ = ["Cooling"]

FIRST = 60.0  # seconds, where the answer does not say how long; twice as long each time
LONGEST = 3600.0  # then
MOST_HOSTS = 10_000
RECENT = 10.0  # seconds
MOST_FINE = 3  # good answers for one that asks for time: with more of them the host is well


class Cooling:
    """The hosts that are left alone, for many threads; `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._times: dict[str, int] = {}  # how often a host has asked since it last answered
        self._recent: dict[str, deque[tuple[float, bool]]] = {}  # of each host when it answered, and whether it asked
        self._lock = threading.Lock()

    def left(self, host: str) -> float:
        """The seconds for which the host is still left alone, 0 for none."""
        with self._lock:
            return max(0.0, self._until.get(host, 0.0) - self._clock())

    def asked(self, host: str, seconds: float) -> float:
        """The host asks to be left alone for so long; 0 where it does not say how long.

        Returns how long it will be, 0 where the host is well and speaks for the one feed.
        """
        with self._lock:
            if self._is_well(host):
                return 0.0
            times = self._times[host] = self._times.get(host, 0) + 1
            wait = seconds or min(LONGEST, FIRST * 2.0 ** min(times - 1, 10))
            self._until[host] = max(self._until.get(host, 0.0), self._clock() + wait)
            if len(self._until) > MOST_HOSTS:
                self._forget_those_that_are_over()
            return wait

    def answered(self, host: str) -> None:
        """The host gives answers again."""
        with self._lock:
            self._note(host, asked=False)
            self._times.pop(host, None)

    def _is_well(self, host: str) -> bool:
        recent = self._note(host, asked=True)
        times = sum(asked for _, asked in recent)
        return len(recent) - times > MOST_FINE * times

    def _note(self, host: str, asked: bool) -> deque[tuple[float, bool]]:
        now = self._clock()
        recent = self._recent.setdefault(host, deque())
        recent.append((now, asked))
        while recent[0][0] < now - RECENT:
            recent.popleft()
        if len(self._recent) > MOST_HOSTS:
            self._recent = {host: recent}
        return recent

    def _forget_those_that_are_over(self) -> None:
        now = self._clock()
        self._until = {host: until for host, until in self._until.items() if until > now}
        self._times = {host: times for host, times in self._times.items() if host in self._until}
