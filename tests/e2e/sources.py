"""Many feeds on one server, each of which grows at each poll; it remembers which polls overlapped."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.serving import handling

__all__ = ["Sources"]


@dataclass
class Sources:
    """`count` feeds at `/0`, `/1` and so on; each shows one entry more at each poll, until `most` are there."""

    count: int
    most: int
    base: str = ""
    polls: Counter[int] = field(default_factory=Counter)
    shown: Counter[int] = field(default_factory=Counter)
    overlaps: Counter[int] = field(default_factory=Counter)
    _open: Counter[int] = field(default_factory=Counter)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def opml(self) -> str:
        """All of them."""
        outlines = "".join(f'<outline type="rss" text="{n}" xmlUrl="{self.base}/{n}"/>' for n in range(self.count))
        return f'<opml version="2.0"><body>{outlines}</body></opml>'

    @property
    def titles(self) -> list[str]:
        """Every entry that was shown."""
        return [f"Entry {n}-{k}" for n, shown in self.shown.items() for k in range(shown)]

    def wait(self, seconds: float, met: Callable[[], bool]) -> bool:
        """Waits until `met()` holds; looked at after each poll."""
        with self._changed:
            return self._changed.wait_for(met, seconds)

    @contextmanager
    def polled(self, feed: int) -> Iterator[bytes]:
        """A poll, for as long as it is being answered."""
        with self._changed:
            self.overlaps[feed] += self._open[feed] > 0
            self._open[feed] += 1
            self.polls[feed] += 1
            self.shown[feed] = min(self.most, self.shown[feed] + 1)
            body = self._rss(feed)
        try:
            yield body
        finally:
            with self._changed:
                self._open[feed] -= 1
                self._changed.notify_all()

    def _rss(self, feed: int) -> bytes:
        link = f"http://sources.example/{feed}"
        entries = "".join(
            f"<item><title>Entry {feed}-{k}</title><link>{link}/{k}</link><guid>{link}/{k}</guid></item>"
            for k in reversed(range(self.shown[feed]))
        )
        return f'<rss version="2.0"><channel><title>{feed}</title>{entries}</channel></rss>'.encode()

    @contextmanager
    def serving(self) -> Iterator["Sources"]:
        """The feeds, served on a free port of loopback."""
        with handling(_handler(self)) as self.base:
            yield self


def _handler(sources: Sources) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with sources.polled(int(self.path[1:])) as body:
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
