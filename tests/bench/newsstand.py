"""A site for the figures of polls, in a process of its own: `python -m tests.bench.newsstand`.

`/304/N` has validators and never changes, `/same/N` and `/first/N` have none and never change, and `/rolling/N` has
five new entries of fifty at each request, of `gazette`'s texts. So have `/sitemap/N`, `/json/N`, `/page/N` and
`/changes/N`, as what they are called after. It prints its address, and ends when its standard input does.
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from tests.bench.gazette import entry_text

__all__ = ["KINDS", "WAYS", "newsstand"]

WAYS = ("first", "304", "same", "rolling")
KINDS = ("sitemap", "json", "page", "changes")
ENTRIES, NEW = 50, 5
APART, OLD = timedelta(hours=14), timedelta(days=30)
BEGIN = datetime.now(UTC) - timedelta(hours=12)
SENTENCE = (
    "Engineers of plant {n} say that the <b>new line</b> of processors &amp; boards is late again, for the third time. "
)


def published(number: int) -> datetime:
    """Every fourth of the first entries is of the last week, as in real feeds; what is new is of now."""
    return BEGIN - APART * (ENTRIES - number) if number <= ENTRIES else BEGIN + timedelta(seconds=number)


@lru_cache(maxsize=100_000)
def entry(feed: str, number: int, age: timedelta) -> str:
    link = f"https://news.example/{feed}/{number}"
    title, summary = entry_text(feed, number)
    opening, _, rest = escape(summary).partition(" ")
    shown = escape(f"<p><b>{opening}</b> {rest} &amp; more</p>")
    return (
        f"<item><title>{escape(title)}</title><link>{link}?utm_source=rss</link><guid>{link}</guid>"
        f"<pubDate>{format_datetime(published(number) - age)}</pubDate><description>{shown}</description></item>"
    )


def document(way: str, feed: str, last: int) -> bytes:
    numbers = range(last, last - ENTRIES, -1)
    if way in KINDS:
        return other(
            way, [(number, f"Plant {feed} reports on batch {number} of its new processors") for number in numbers]
        )
    age = timedelta(0) if way in ("first", "rolling") else OLD  # old news is not judged, which is not what they measure
    shown = "".join(entry(feed, number, age) for number in numbers)
    return f'<rss version="2.0"><channel><title>Plant {feed}</title>{shown}</channel></rss>'.encode()


def other(kind: str, shown: list[tuple[int, str]]) -> bytes:
    """The same news as another kind of source has them."""
    text = (SENTENCE.format(n=1) * 4).replace("&amp;", "and").replace("<b>", "").replace("</b>", "")
    dated = [(number, title, (BEGIN + timedelta(seconds=number)).isoformat()) for number, title in shown]
    if kind == "json":
        listed = [{"id": n, "title": title, "url": f"/{n}", "date": at, "summary": text} for n, title, at in dated]
        return json.dumps({"results": listed}).encode()
    if kind == "sitemap":
        urls = "".join(f"<url><loc>http://127.0.0.1/{n}</loc><lastmod>{at}</lastmod></url>" for n, _, at in dated)
        return f"<urlset>{urls}</urlset>".encode()
    rows = "".join(
        f"<li class=news><a href='/{n}'>{title}</a> <time datetime='{at}'></time><p>{text}</p></li>"
        for n, title, at in dated
    )
    return f"<!doctype html><title>Plant</title><main><ul>{rows}</ul></main>".encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    polls: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        _, way, feed = self.path.split("/")
        self.polls[self.path] += 1
        if way == "304" and self.headers.get("If-None-Match"):
            self.send_response(304)
            self.send_header("ETag", '"1"')
            self.end_headers()
            return
        new = NEW * self.polls[self.path] if way in (*KINDS, "rolling") else 0
        body = document(way, feed, ENTRIES + new)
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
