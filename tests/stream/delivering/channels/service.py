"""A service on loopback that a channel delivers to: it checks each request by its documented form, and keeps those that
it takes."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from typing import Any

from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.registry import CHANNELS
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Destination
from tests.serving import handling
from tests.stream.delivering.test_message import LINKS, out, told

__all__ = ["LOOPBACK", "Asked", "Refused", "Service", "fields", "hostile", "send", "serving"]

LOOPBACK = [ip_network("127.0.0.0/8")]
HOSTILE = "@everyone <!channel> <@U1> [free](https://evil.example) `run` **bold** <b>x</b> & \\_ :smile: ]( |"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Refused(Exception):
    """What the real service would refuse, or answer otherwise than its form says: an HTTP status, words, headers."""

    def __init__(self, status: int, said: Any = "", **headers: str) -> None:
        super().__init__(status, said)
        self.status, self.said, self.headers = status, said, headers


@dataclass
class Service:
    """It answers as `takes` says, which raises `Refused`; of `refusals` the next one comes first."""

    takes: Callable[[Asked], tuple[int, Any]]
    base: str = ""
    got: list[Asked] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, Any, Mapping[str, str]]:
        try:
            if self.refusals:
                raise self.refusals.pop(0)
            status, said = self.takes(asked)
        except Refused as refused:
            return refused.status, refused.said, refused.headers
        self.got.append(asked)
        return status, said, {}


@contextmanager
def serving(takes: Callable[[Asked], tuple[int, Any]]) -> Iterator[Service]:
    service = Service(takes)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers["Content-Type"].partition(";")[0]
            body = json.loads(raw) if kind == "application/json" else raw
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said, more = service.answer(Asked(self.command, self.path, headers, body))
            data = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**more, "Content-Length": str(len(data))}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_PATCH = _answer

        def log_message(self, *_: object) -> None:
            pass

    with handling(Handler) as service.base:
        yield service


def fields(value: Any, required: Mapping[str, type], allowed: Mapping[str, type] | None = None) -> None:
    """Raises `Refused` where an object lacks a field, has one of another type, or one that is not documented."""
    known = {**required, **(allowed or {})}
    missing = [name for name in required if name not in value]
    wrong = [name for name, each in value.items() if name not in known or not isinstance(each, known[name])]
    if missing or wrong:
        raise Refused(400, {"error": f"missing {missing}, wrong {wrong}"})


def hostile():
    """An alert whose every text is of a stranger who knows the markup of all chats."""
    return told(title=HOSTILE, summary=HOSTILE)


def send(
    kind: str,
    address: str,
    *,
    receipt: str = "",
    thread: str = "",
    options: Mapping[str, str] | None = None,
    settings: Any = None,
    report: Callable[[str], None] = lambda _: None,
    allowed: bool = True,
    **of: Any,
) -> DeliveryResponse:
    """One attempt of this kind of channel."""
    context = ChannelContext(
        lambda: 1_700_000_000_000, settings, 10.0, LOOPBACK if allowed else [], links=lambda _: LINKS, report=report
    )
    destination = Destination(kind, address, dict(options or {}))
    CHANNELS[kind].check_destination(destination)
    sender = CHANNELS[kind].make(context)
    try:
        return sender.send(DeliveryRequest(destination, out(**of), receipt, thread))
    finally:
        sender.close()
