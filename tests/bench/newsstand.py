"""A site for the figures of polls, in a process of its own: `python -m tests.bench.newsstand`.

`/304/N` has validators and never changes, `/same/N` has none and never changes, and `/rolling/N` has five new entries
of fifty at each request. It prints its address, and ends when its standard input does.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

__all__ = ["WAYS", "newsstand"]

WAYS = ("304", "same", "rolling")
ENTRIES, NEW = 50, 5
BEGIN = datetime.now(UTC) - timedelta(hours=12)
SENTENCE = (
    "Engineers of plant {n} say that the <b>new line</b> of processors &amp; boards is late again, for the third time. "
)


def entry(feed: str, number: int) -> str:
    link = f"https://news.example/{feed}/{number}"
    published = format_datetime(BEGIN + timedelta(seconds=number))
    title = f"Plant {feed} reports on batch {number} of its new processors, and what it means for buyers"
    summary = (SENTENCE.format(n=feed) * 4).replace("<", "&lt;").replace("&amp;", "&amp;amp;")
    return (
        f"<item><title>{title}</title><link>{link}?utm_source=rss</link><guid>{link}</guid>"
        f"<pubDate>{published}</pubDate><description>{summary}</description></item>"
    )


def document(feed: str, last: int) -> bytes:
    shown = "".join(entry(feed, number) for number in range(last, last - ENTRIES, -1))
    return f'<rss version="2.0"><channel><title>Plant {feed}</title>{shown}</channel></rss>'.encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    polls: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        _, way, feed = self.path.split("/")
        self.polls[self.path] += 1
        if way == "304" and self.headers.get("If-None-Match"):
            self.send_response(304)
            self.send_header("ETag", '"1"')
            self.end_headers()
            return
        body = document(feed, ENTRIES + (NEW * self.polls[self.path] if way == "rolling" else 0))
        self.send_response(200)
        if way == "304":
            self.send_header("ETag", '"1"')
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def newsstand() -> Iterator[str]:
    """The address of a site that runs within."""
    command = [sys.executable, "-m", "tests.bench.newsstand"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield process.stdout.readline().strip()
        process.stdin.close()


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
