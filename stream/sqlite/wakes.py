"""Who waits for which topics, within this process."""

import threading
from collections.abc import Sequence

__all__ = ["Wakes"]


class Wakes:
    """Flags by topic, set when the topic may have grown."""

    def __init__(self) -> None:
        self._flags: dict[str, set[threading.Event]] = {}
        self._lock = threading.Lock()

    def subscribe(self, topics: Sequence[str], flag: threading.Event) -> None:
        """Sets `flag` whenever one of the topics may have grown."""
        with self._lock:
            for topic in topics:
                self._flags.setdefault(topic, set()).add(flag)

    def unsubscribe(self, flag: threading.Event) -> None:
        """Undoes `subscribe`."""
        with self._lock:
            for flags in self._flags.values():
                flags.discard(flag)

    def notify(self, topics: set[str] | None) -> None:
        """Wakes who waits for these topics, or for any."""
        with self._lock:
            found = [flags for topic, flags in self._flags.items() if topics is None or topic in topics]
            for flag in set().union(*found):
                flag.set()
