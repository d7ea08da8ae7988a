"""Hosts that back off: one feed's 429 or 503 keeps all feeds of its host away for that time.

But where a host has answered most requests of the last seconds well, the response counts for that one feed only: the
site has one broken page, or is a bridge whose feeds are of many sites.

This holds within a process, for requests that wait already; `collectors.deciding.feed.hosts` keeps it beyond.
"""

import threading
from collections import deque
from collections.abc import Callable

__all__ = ["HostBackoff"]

FIRST = 60.0  # seconds, where the response does not say how long; twice as long each time
LONGEST = 3600.0  # then
MOST_HOSTS = 10_000
RECENT = 10.0  # seconds
MOST_GOOD = 3  # good responses for one that asks for time: with more of them the host is well


class HostBackoff:
    """The hosts that are left alone, for many threads; `clock` is in seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._times: dict[str, int] = {}  # in a row that a host has asked for time
        self._recent: dict[str, deque[tuple[float, bool]]] = {}  # by host, when it responded and whether it asked
        self._lock = threading.Lock()

    def left(self, host: str) -> float:
        """The seconds for which the host is still left alone, 0 for none."""
        with self._lock:
            return max(0.0, self._until.get(host, 0.0) - self._clock())

    def back_off(self, host: str, seconds: float) -> float:
        """The host asks for so much time, 0 where it does not say how much.

        Returns for how long it is left alone, 0 where the host is well and the response counts for one feed only.
        """
        with self._lock:
            if self._is_well(host):
                return 0.0
            times = self._times[host] = self._times.get(host, 0) + 1
            wait = seconds or min(LONGEST, FIRST * 2.0 ** min(times - 1, 10))
            self._until[host] = max(self._until.get(host, 0.0), self._clock() + wait)
            if len(self._until) > MOST_HOSTS:
                self._sweep()
            return wait

    def recovered(self, host: str) -> None:
        """The host has answered well."""
        with self._lock:
            self._note(host, asked=False)
            self._times.pop(host, None)

    def _is_well(self, host: str) -> bool:
        recent = self._note(host, asked=True)
        times = sum(asked for _, asked in recent)
        return len(recent) - times > MOST_GOOD * times

    def _note(self, host: str, asked: bool) -> deque[tuple[float, bool]]:
        now = self._clock()
        recent = self._recent.setdefault(host, deque())
        recent.append((now, asked))
        while recent[0][0] < now - RECENT:
            recent.popleft()
        if len(self._recent) > MOST_HOSTS:
            self._recent = {host: recent}
        return recent

    def _sweep(self) -> None:
        """Forgets the hosts whose time is over."""
        now = self._clock()
        self._until = {host: until for host, until in self._until.items() if until > now}
        self._times = {host: times for host, times in self._times.items() if host in self._until}
