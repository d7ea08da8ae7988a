"""Looks every few seconds whether topics are still there: a client says nothing of one that was deleted."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stream.log.port import NeedsOperator

__all__ = ["TopicWatch"]

LOOK_SECONDS = 10.0
AGAIN_SECONDS = 2.0  # while there is no answer
UNKNOWN_TOPIC = 3  # Kafka's code for it


class TopicWatch:
    """Of the topics that one session or reader uses, by the cluster's names with their ids; used by one thread.

    `describe` asks the cluster. `answered` says whether it did so the last time.
    """

    def __init__(self, topics: Mapping[str, str], describe: Callable[[Sequence[str]], list[dict[str, Any]]]) -> None:
        self.answered = True
        self._topics = dict(topics)
        self._describe = describe
        self._next = time.monotonic() + LOOK_SECONDS

    def add(self, topics: Mapping[str, str]) -> None:
        """Those as well, from now on."""
        self._topics = {**topics, **self._topics}

    def soon(self) -> None:
        """The next look is a real one: something has gone wrong that a deleted topic would explain."""
        self._next = 0.0

    def look(self) -> None:
        """A `NeedsOperator` where one of them is gone or another one by now, a `NoAnswer` where nobody answers."""
        if time.monotonic() < self._next:
            return
        self.answered = False
        self._next = time.monotonic() + AGAIN_SECONDS
        for topic in self._describe(list(self._topics)):
            name, gone = topic["name"], topic["error_code"] == UNKNOWN_TOPIC
            if gone or (not topic["error_code"] and str(topic["topic_id"]) != self._topics[name]):
                what = "is gone" if gone else "was deleted and made anew"
                raise NeedsOperator(f"topic {name} {what}: `themewire topics plan` says how to go on")
        self.answered = True
        self._next = time.monotonic() + LOOK_SECONDS
