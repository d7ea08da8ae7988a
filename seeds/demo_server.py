"""The demo's web site on loopback: feeds that grow, served with validators, a small page for each item, and an inbox.

What a feed shows depends on nothing but how often it was polled, and how long ago the demo began: its baseline at
first, one live item more at each further poll, whether that is answered in full or by 304, and what the world has
brought until then. A HEAD is no poll.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from seeds.demo import CONTENT_TYPES, MAIL, load_demo, render
from seeds.demo_hub import HUB_PATH, DemoHub
from seeds.demo_items import DemoFeed, DemoItem
from seeds.demo_mail import DemoMail, letter
from seeds.world import World, load_world

__all__ = ["DemoServer"]

MOST_BYTES = 1_000_000  # of what is posted
PUSHED = "circuit-ledger"  # the outlet whose feed names the demo's hub


class DemoServer:
    """Serves the demo's feeds over HTTP on 127.0.0.1 while its `with` block lasts, on a free port unless given one.

    Without `feeds` those that ship, and their world goes on; `clock` counts seconds. `taken` is called, in a thread of
    the server, with what is posted to the inbox.
    """

    def __init__(
        self,
        now: datetime,
        feeds: tuple[DemoFeed, ...] | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
        taken: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        # To the second, for HTTP's dates have no finer one.
        self._start = now.astimezone(UTC).replace(microsecond=0)
        self._world = World(feeds, {}) if feeds is not None else load_world(load_demo())
        self._feeds = {feed.name: feed for feed in self._world.feeds}
        self._clock, self._began = clock, clock()
        self.taken = taken
        self._items = {item.number: item for feed in self._feeds.values() for item in feed.items}
        self._polls: Counter[str] = Counter()
        self._lock = Lock()
        self._http = _Http(self, port)
        self.hub = DemoHub(lambda topic: self._world.changed(topic.rpartition("/")[2], self._elapsed))
        self._mail = DemoMail(self.letters)
        # serve_forever looks for shutdown() only this often, so it bounds how long leaving the block takes.
        self._thread = Thread(target=self._http.serve_forever, args=(0.1,), name="demo-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._mail.start()
        self.hub.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.close()
        self._mail.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def base(self) -> str:
        """The site's address, without a slash at its end."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def outlets(self) -> dict[str, DemoFeed]:
        """The feeds, and what outlets have instead, by address, in the order of the data."""
        return {self._address(feed): feed for feed in self._feeds.values()}

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of the feeds, and of what is served like them, in the order of the data."""
        return tuple(url for url, feed in self.outlets.items() if feed.format != MAIL)

    @property
    def inbox(self) -> str:
        """Where subscriptions may have their alerts delivered."""
        return f"{self.base}/inbox"

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._began

    def fails(self, name: str) -> bool:
        """Whether a feed's server has a bad time now."""
        return self._world.fails(name, self._elapsed)

    def _address(self, feed: DemoFeed) -> str:
        return self._mail.address(feed.name) if feed.format == MAIL else f"{self.base}/feeds/{feed.name}"

    def letters(self, name: str) -> dict[int, bytes] | None:
        """Return the messages of an outlet's folder by the numbers of their items, or None if it has none."""
        feed = self._feeds.get(name)
        if feed is None or feed.format != MAIL:
            return None
        return {item.number: letter(feed, item, self._start) for item in self._world.items(name, self._elapsed)}

    def document(self, name: str, poll: bool) -> tuple[bytes, str, datetime] | None:
        """Return body, content type and last change of a feed as it now is, or None; `poll` reveals the next item."""
        feed = self._feeds.get(name)
        if feed is None or feed.format == MAIL:
            return None
        elapsed = self._elapsed
        with self._lock:
            self._polls[name] += poll
            polls = self._polls[name]
        count = min(len(feed.items), feed.baseline + max(0, polls - 1))
        # Another second for each item revealed, and never in the future: items' own dates say when news broke.
        changed = self._start - timedelta(seconds=len(feed.items) - count)
        later: tuple[DemoItem, ...] = ()
        if polls > 1:  # what is there at the first poll is history
            later = self._world.items(name, elapsed)
            changed += timedelta(seconds=int(self._world.changed(name, elapsed)))
        body = render(feed, count, self._start, self.base, later)
        return body, f"{CONTENT_TYPES[feed.format]}; charset=utf-8", changed

    def page(self, number: str) -> bytes | None:
        """Return the page of an item, or None if there is no such number."""
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            return None
        item = self._items.get(int(number)) or self._world.find(int(number), self._elapsed)
        return None if item is None else _page(item)


def _page(item: DemoItem) -> bytes:
    return (
        f'<!doctype html><html lang="{escape(item.lang)}"><meta charset="utf-8"><title>{escape(item.title)}</title>'
        f"<h1>{escape(item.title)}</h1><p>{escape(item.summary)}</p></html>\n"
    ).encode()


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, demo: DemoServer, port: int) -> None:
        self.demo = demo
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to tell in the demo's terminal; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed has it narrower


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that an idle kept-alive connection holds its thread
    server: _Http

    def do_GET(self) -> None:
        self._answer(poll=True)

    def do_HEAD(self) -> None:
        self._answer(poll=False)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path not in ("/inbox", HUB_PATH) or not length.isdigit() or int(length) > MOST_BYTES:
            self.close_connection = True  # what was sent is not read
            self._send(404, b"There is no such inbox in the demo.\n", "text/plain; charset=utf-8", {})
            return
        body = self.rfile.read(int(length))
        if self.path == HUB_PATH:
            taken = self.server.demo.hub.take(body)
            self._send(202 if taken else 400, b"", "text/plain; charset=utf-8", {})
            return
        self.server.demo.taken(body)
        self._send(204, b"", "", {})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the demo's alerts."""

    def _answer(self, poll: bool) -> None:
        _, folder, name, *rest = (*urlsplit(self.path).path.split("/"), "", "")
        if folder == "feeds" and not any(rest) and self.server.demo.fails(name):
            self._send(503, b"The press has jammed; it is being seen to.\n", "text/plain; charset=utf-8", {})
        elif folder == "feeds" and not any(rest) and (document := self.server.demo.document(name, poll)) is not None:
            body, kind, changed = document
            validators = {"ETag": f'"{sha256(body).hexdigest()[:24]}"', "Last-Modified": format_datetime(changed, True)}
            if name == PUSHED:
                base = self.server.demo.base
                validators["Link"] = f'<{base}{HUB_PATH}>; rel="hub", <{base}/feeds/{name}>; rel="self"'
            self._send(304 if self._is_current(validators) else 200, body, kind, validators)
        elif folder == "items" and not any(rest) and (page := self.server.demo.page(name)) is not None:
            self._send(200, page, "text/html; charset=utf-8", {})
        else:
            self._send(404, b"There is no such page in the demo.\n", "text/plain; charset=utf-8", {})

    def _is_current(self, validators: dict[str, str]) -> bool:
        """Tell whether the client holds this document; If-None-Match counts more than a date, as in RFC 9110."""
        if (tags := self.headers.get("If-None-Match")) is not None:
            held = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in held or validators["ETag"] in held
        return self.headers.get("If-Modified-Since") == validators["Last-Modified"]

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        if status not in (204, 304):
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(body)
