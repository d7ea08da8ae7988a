"""Until a person or the system says so: SIGTERM or Ctrl-C, and for a child the end of its parent."""

import signal
import threading

from deploy.running.supervisor import follow_parent

__all__ = ["until_stopped"]


class until_stopped:
    """A context whose event is set by SIGTERM or SIGINT."""

    def __enter__(self) -> threading.Event:
        stop = threading.Event()
        follow_parent(stop)
        self._before = {
            number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
        }
        return stop

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
