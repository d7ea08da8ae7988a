"""A site whose feeds show an entry more when they are told to, and the receiver of the alerts.

It says when it had answered the request that first showed an entry, and when the alert of it arrived.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from seeds.statements import Statement
from tests.bench import newsstand

__all__ = ["Site", "serving"]

OLD = 20  # entries that each feed has shown before


@dataclass
class Site:
    """Feeds that show an entry more when they are told to, and the receiver of the alerts."""

    shown: dict[str, dict[str, str]] = field(default_factory=dict)  # by feed and link, as its document has them
    fetched: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    polls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, feed: str, number: int, statement: Statement) -> str:
        """Has a feed show this at its next poll; returns the entry's link."""
        link = f"https://news{feed}.example/{number}"
        entry = (
            f"<item><title>{escape(statement.title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
            f"<description>{escape(statement.summary)}</description></item>"
        )
        with self.lock:
            self.shown.setdefault(feed, {})[link] = entry
        return link

    def polled(self, feed: str) -> dict[str, str]:
        """What a feed shows beside its old entries."""
        with self.lock:
            self.polls += 1
            return dict(self.shown.get(feed, {}))

    def note(self, places: dict[str, float], *links: str) -> None:
        """Each has been here, for the first time or not."""
        now = time.time()
        with self.lock:
            for link in links:
                places.setdefault(link, now)


def document(feed: str, new: Iterable[str]) -> bytes:
    """A feed's document: what is new, and what is too old to be judged."""
    old = range(newsstand.ENTRIES, newsstand.ENTRIES - OLD, -1)
    entries = [*new, *(newsstand.entry(feed, number, timedelta(days=30)) for number in old)]
    return f'<rss version="2.0"><channel><title>Plant {feed}</title>{"".join(entries)}</channel></rss>'.encode()


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """Answers for the site."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer goes out in one piece

        def do_GET(self) -> None:
            if not self.path.startswith("/news/"):
                self.send_error(404)
                return
            feed = self.path.rpartition("/")[2]
            new = site.polled(feed)
            tag = f'"{len(new)}"'
            if self.headers.get("If-None-Match") == tag:
                self.say(304, tag)
                return
            self.say(200, tag, document(feed, new.values()))
            site.note(site.fetched, *new)

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            site.note(site.arrived, *(source["url"] for source in said["alert"]["sources"]))
            self.say(204, "")

        def say(self, status: int, tag: str, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml")
            if status == 200:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The address at which the site answers within."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
