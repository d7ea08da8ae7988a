"""A server on loopback whose feed shows texts with unique tokens, and whose webhook remembers what it was given.

The feed grows when a test says so, or by itself at each poll, so that no test depends on when it is polled. Like a
site's feed it shows the newest entries only, newest first. The texts of a theme are plain enough for a classifier that
has learnt the themes.
"""

import hashlib
import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from xml.sax.saxutils import escape

from tests.serving import handling

__all__ = ["THEMES", "Delivery", "Ledger", "token_of"]

TEXTS = {
    "gpu-training-failures": (
        "Training run {} crashes again: a GPU fell off the bus and the last checkpoint was lost",
        "The all-reduce hangs on every rank, XID errors fill the log, and the loss goes to NaN after the restart.",
    ),
    "cpu-inference": (
        "Build {} runs a language model at 30 tokens a second on an ordinary CPU, without a GPU",
        "Four-bit quantised weights and AVX-512 kernels make inference on the processor cheap.",
    ),
    "ip-disputes": (
        "Publishers sue a model maker for copyright infringement over training data, case {}",
        "The lawsuit asks the court for damages; the judge let the claims over the copied books stand.",
    ),
    "standards": (
        "Working group publishes version 2.0 of the open interconnect specification, draft {}",
        "The consortium's members voted for the standard, and conformance tests follow.",
    ),
    "": (
        "Bakery {} opens on the market square",
        "Fresh bread and cakes are sold from seven in the morning.",
    ),
}
THEMES = tuple(theme for theme in TEXTS if theme)
TOKEN = re.compile(r"\bT[0-9a-f]{10}\b")


def token_of(text: str) -> str:
    """The token in a text of the ledger."""
    found = TOKEN.search(text)
    assert found, f"no token in {text!r}"
    return found.group()


@dataclass(frozen=True)
class Delivery:
    """One request to the webhook: its idempotency key, what it carried, and what was answered."""

    key: str
    headers: dict[str, str]
    body: dict[str, Any]
    status: int


@dataclass
class Ledger:
    """What the server shows, and what was asked of it; all of it may be used from any thread."""

    window: int = 100
    per_poll: int = 0
    most: int = 0  # where growing by itself ends
    base: str = ""
    tokens: list[str] = field(default_factory=list)
    polls: Counter[int] = field(default_factory=Counter)  # answers of the feed by status
    deliveries: list[Delivery] = field(default_factory=list)
    _failures: dict[str, deque[int]] = field(default_factory=dict)
    _lock: threading.Condition = field(default_factory=threading.Condition)

    @property
    def feed_url(self) -> str:
        return f"{self.base}/feed.xml"

    @property
    def hook_url(self) -> str:
        return f"{self.base}/hook"

    def grow(self, count: int) -> list[str]:
        """Adds entries, of each theme and of none in turn; returns their tokens."""
        with self._lock:
            begin = len(self.tokens)
            new = ["T" + hashlib.sha256(f"token {n}".encode()).hexdigest()[:10] for n in range(begin, begin + count)]
            self.tokens += new
            return new

    def theme(self, token: str) -> str:
        """The theme of a token's text; empty for none."""
        return list(TEXTS)[self.tokens.index(token) % len(TEXTS)]

    def fail(self, path: str, *statuses: int) -> None:
        """Answers the next requests to `/feed.xml` or `/hook` with these statuses."""
        with self._lock:
            self._failures.setdefault(path, deque()).extend(statuses)

    def wait(self, seconds: float, met: Callable[[], bool]) -> bool:
        """Waits until `met()` holds; looked at after each request."""
        with self._lock:
            return self._lock.wait_for(met, seconds)

    def answer(self, path: str, known: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """(status, ETag, body) of a request; `known` is its If-None-Match."""
        with self._lock:
            failing = self._failures.get(path)
            status = failing.popleft() if failing else 0
            try:
                return self._feed(status, known) if path == "/feed.xml" else self._hook(path, status, body, headers)
            finally:
                self._lock.notify_all()

    def _feed(self, status: int, known: str) -> tuple[int, str, bytes]:
        if not status and len(self.tokens) < self.most:
            self.grow(min(self.per_poll, self.most - len(self.tokens)))
        etag = f'"{len(self.tokens)}"'
        status = status or (304 if known == etag else 200)
        self.polls[status] += 1
        return status, etag, self._rss() if status == 200 else b""

    def _hook(self, path: str, status: int, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        if path != "/hook":
            return 404, "", b""
        status = status or 204
        self.deliveries.append(Delivery(headers.get("idempotency-key", ""), headers, json.loads(body), status))
        return status, "", b""

    def _rss(self) -> bytes:
        entries = "".join(self._entry(token) for token in reversed(self.tokens[-self.window :]))
        head = "<title>Ledger</title><link>http://ledger.example/</link><description>Tokens</description>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{entries}</channel></rss>'.encode()

    def _entry(self, token: str) -> str:
        title, summary = TEXTS[self.theme(token)]
        link = f"http://ledger.example/{token}"
        return (
            f"<item><title>{escape(title.format(token))}</title><link>{link}</link><guid>{link}</guid>"
            f"<description>{escape(summary)}</description></item>"
        )

    @contextmanager
    def serving(self) -> Iterator["Ledger"]:
        """The ledger, served on a free port of loopback."""
        with handling(_handler(self)) as self.base:
            yield self


def _handler(ledger: Ledger) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def do_GET(self) -> None:
            self._say(b"")

        def do_POST(self) -> None:
            self._say(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _say(self, received: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, etag, body = ledger.answer(self.path, headers.get("if-none-match", ""), received, headers)
            self.send_response(status)
            if etag:
                self.send_header("ETag", etag)
            if body:
                self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: the ledger keeps what is of interest."""

    return Handler
