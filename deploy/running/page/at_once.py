"""What takes its time on the page: a few at once, since each holds one of the threads that make the views."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stream.web.access import RequestRefused

__all__ = ["AtOnce"]


class AtOnce:
    """Lets in so many at once; whoever comes besides is refused with this sentence."""

    def __init__(self, most: int, sentence: str) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._sentence = sentence

    @contextmanager
    def one(self) -> Iterator[None]:
        """Holds a place within; raises `RequestRefused` where there is none."""
        if not self._free.acquire(blocking=False):
            raise RequestRefused(503, self._sentence)
        try:
            yield
        finally:
            self._free.release()
