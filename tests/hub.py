"""A feed and its hub (WebSub) on loopback: it verifies who asks, and pushes what is published, signed."""

import hmac
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.serving import handling

__all__ = ["Hub", "ask"]


def ask(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    """The status and the text of an answer."""
    request = urllib.request.Request(url, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@dataclass
class Hub:
    """Both at once. `status` is what who asks is told, and `verifies` whether the hub calls back then."""

    base: str = ""
    titles: list[str] = field(default_factory=lambda: ["There from the beginning"])
    status: int = 202
    verifies: bool = True
    lease: int = 864_000
    asked: list[dict[str, str]] = field(default_factory=list)
    callbacks: dict[str, str] = field(default_factory=dict)  # those that were verified, with their secrets
    polls: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def feed(self) -> str:
        return self.base + "/feed"

    @property
    def document(self) -> bytes:
        entries = "".join(
            f"<item><title>{title}</title><link>{self.base}/{n}</link><guid>{self.base}/{n}</guid></item>"
            for n, title in reversed([*enumerate(self.titles)])
        )
        return f'<rss version="2.0"><channel><title>Pushed</title>{entries}</channel></rss>'.encode()

    def wait(self, met: Callable[[], bool], seconds: float = 60) -> bool:
        """Waits until it is so; looked at whenever something was asked for."""
        with self.changed:
            return self.changed.wait_for(met, seconds)

    def taken(self, form: dict[str, str]) -> None:
        """Somebody asks."""
        with self.changed:
            self.asked.append(form)
            self.changed.notify_all()
        if self.verifies and 200 <= self.status < 300:
            self.verify(form)

    def verify(self, form: dict[str, str], **other: str) -> tuple[int, str]:
        """Calls whoever has asked; returns what they say."""
        query = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": "a challenge"}
        query |= {"hub.lease_seconds": str(self.lease), **{f"hub.{name}": value for name, value in other.items()}}
        status, text = ask(f"{form['hub.callback']}?{urllib.parse.urlencode(query)}")
        if (status, text) == (200, query["hub.challenge"]):
            with self.changed:
                if form["hub.mode"] == "subscribe":
                    self.callbacks[form["hub.callback"]] = form["hub.secret"]
                else:
                    self.callbacks.pop(form["hub.callback"], None)
                self.changed.notify_all()
        return status, text

    def publish(self, title: str) -> list[int]:
        """Something is published, and pushed to all that were verified; returns what they say."""
        self.titles.append(title)
        return [self.push(callback, secret) for callback, secret in self.callbacks.items()]

    def push(self, callback: str, secret: str, body: bytes = b"", method: str = "sha256") -> int:
        """One push."""
        body = body or self.document
        signature = f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"
        return ask(callback, body, Content_Type="application/rss+xml", X_Hub_Signature=signature)[0]

    @contextmanager
    def serving(self) -> Iterator["Hub"]:
        """The two, on a free port."""
        with handling(_handler(self)) as self.base:
            yield self


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with hub.changed:
                hub.polls += 1
                hub.changed.notify_all()
            links = f'<{hub.base}/hub>; rel="hub", <{hub.feed}>; rel="self"'
            self._say(200, hub.document, Link=links, Content_Type="application/rss+xml")

        def do_POST(self) -> None:
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            threading.Thread(target=hub.taken, args=(form,), daemon=True).start()
            self._say(hub.status, b"as you like")

        def _say(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler
