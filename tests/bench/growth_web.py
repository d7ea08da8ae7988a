"""What the API costs where many subscriptions are saved, and where many follow the alerts of a theme."""

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.running.file_limit import raise_file_limit
from stream.log import topics
from stream.log.records import Out
from stream.records import Destination, Subscription, encode
from stream.web.access import Access
from tests.stream.web.api_site import Site

__all__ = ["ROWS"]

PUT = 20
OF_ONE_ADDRESS = 50  # that follow; a server has room for a hundred
QUIET_SECONDS = 20.0


@contextmanager
def _site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        made = Site(Path(folder), Access("", loopback=True))
        try:
            yield made
        finally:
            made.close()


def replaced(subscriptions: int) -> float:
    """The seconds of a PUT of a subscription that is new, those of its client with them, where so many are saved."""
    with _site() as site:
        address = {"kind": "webhook", "address": "https://receiver.example/"}
        saved = (
            Subscription(id=f"s{n}", revision=1, themes=("a",), channel=Destination(**address))
            for n in range(subscriptions)
        )
        site.log.append([Out(topics.SUBSCRIPTIONS, each.id, encode(each)) for each in saved])
        body = {"revision": 0, "themes": ["a"], "channel": address}
        site.ask("PUT", "/api/subscriptions/before", body)
        began = time.process_time()
        for number in range(PUT):
            status, told = site.ask("PUT", f"/api/subscriptions/new{number}", body)
            assert status == 201, told
        return (time.process_time() - began) / PUT


def followed(readers: int) -> float:
    """The processor's seconds of a second in which so many read server-sent events, of which none comes."""
    raise_file_limit()
    with _site() as site, ExitStack() as stack:
        for number in range(readers):
            _follow(stack.enter_context(socket.socket()), site.port, number)
        began = time.process_time()
        threading.Event().wait(QUIET_SECONDS)  # nothing is to happen, and that is what is measured
        return (time.process_time() - began) / QUIET_SECONDS


def _follow(reader: socket.socket, port: int, number: int) -> None:
    """Asks for the alerts, and waits for the begin of an answer."""
    reader.bind((f"127.0.0.{1 + number // OF_ONE_ADDRESS}", 0))
    reader.connect(("127.0.0.1", port))
    reader.sendall(b"GET /alerts/a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    told = reader.recv(1000)
    assert b" 200 " in told.partition(b"\r\n")[0], told


ROWS = (
    ("put-subscription", (100, 1_000, 10_000), replaced),
    ("followers", (10, 100, 1_000), followed),
)
