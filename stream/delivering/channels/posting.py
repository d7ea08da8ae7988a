"""What channels that speak HTTP share: requests through the guarded client, and what their answers come to.

Nothing that a receiver says is repeated but its status, and a code where the channel knows what that means: an error
may hold the secret that it is about.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from stream.delivering.channels.channel import ChannelContext, Sender
from stream.delivering.message import Wording, worded
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.net.guard import Blocked, Target, parse_url
from stream.net.http import Client, HttpError, Response
from stream.net.retry_after import retry_after
from stream.secrets import SecretMissing, is_reference

__all__ = ["Answer", "Call", "PostingSender", "posting", "responded"]

MOST_READ = 65_536  # of an answer's body
GONE = 410

Headers = Mapping[str, str]
Deliver = Callable[["Call", DeliveryRequest], DeliveryResponse]


@dataclass(frozen=True)
class Answer:
    """What came back: `wait` are the seconds until the next request, `body` is how it begins."""

    status: int
    wait: float
    body: bytes

    @property
    def taken(self) -> bool:
        """Whether the receiver says so."""
        return 200 <= self.status < 300

    def field(self, name: str) -> object:
        """A field of the body's JSON object; None where there is none."""
        try:
            found = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return found.get(name) if isinstance(found, dict) else None

    def text(self, name: str) -> str:
        """A field that is a string; "" where there is none, or it is something else."""
        found = self.field(name)
        return found if isinstance(found, str) else ""


@dataclass
class Call:
    """The requests of one attempt, which end by one deadline; each raises `HttpError`, `Blocked` or `SecretMissing`."""

    context: ChannelContext
    client: Client
    deadline: float
    secret_hosts: dict[str, str] = field(default_factory=dict)  # and what they are called in errors

    def wording(self, request: DeliveryRequest) -> Wording:
        """What the message says, with its feedback links."""
        return worded(request.outbound, self.context.links(request.outbound))

    def secret(self, reference: str) -> str:
        """What is behind a reference, which is reported."""
        found = self.context.secret(reference)
        self.context.report(f"reference: {reference} is set")
        return found

    def target(self, address: str) -> Target:
        """Where an address, or what a reference to one holds, leads."""
        if not is_reference(address):
            return parse_url(address)
        try:
            target = parse_url(self.secret(address))
        except Blocked:  # which repeats the address
            raise Blocked(f"what {address} holds is no address that can be delivered to") from None
        self.secret_hosts[target.host] = f"the host of {address}"
        return target

    def send(self, method: str, target: Target, body: bytes, headers: Headers, *, read: int = 0) -> Answer:
        """Sends one request; of its answer's body about `read` bytes are read."""
        all_headers = [("Content-Type", "application/json"), ("User-Agent", "themewire"), *headers.items()]
        with self.client.send(method, target, all_headers, body, deadline=self.deadline) as response:
            said = response.beginning(read, self.context.deadline) if read else b""
            return Answer(response.status, _wait(response, self.context.clock() / 1000), said)

    def json(self, method: str, url: str, value: Any, headers: Headers | None = None) -> Answer:  # noqa: ANN401  (JSON)
        """Sends a value as JSON, and reads how the answer begins."""
        return self.send(method, parse_url(url), msgspec.json.encode(value), headers or {}, read=MOST_READ)


def _wait(response: Response, now: float) -> float:
    """How long a failure asks to wait; or what was taken, where it was the last that a limit lets through for now."""
    if not 200 <= response.status < 300:
        return retry_after(response.header("Retry-After"), now)
    spent = response.header("X-RateLimit-Remaining") == "0"
    return retry_after(response.header("X-RateLimit-Reset-After"), now) if spent else 0.0


class PostingSender:
    """A sender whose attempts are requests: `deliver` makes those of one, and may leave what the network raises."""

    def __init__(self, context: ChannelContext, deliver: Deliver) -> None:
        self._client = Client(allowed=context.allowed, read_timeout=context.deadline, context=context.trust)
        self._context = context
        self._deliver = deliver

    def send(self, request: DeliveryRequest) -> DeliveryResponse:
        """One attempt; a failure repeats nothing of an address that is given by reference."""
        call = Call(self._context, self._client, time.monotonic() + self._context.deadline)
        try:
            return self._deliver(call, request)
        except SecretMissing as error:
            return DeliveryResponse(False, 0, str(error))
        except (HttpError, Blocked) as error:
            told = str(error)
            for host, name in call.secret_hosts.items():
                told = told.replace(host, name)
            return DeliveryResponse(False, 0, told)

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._client.close()


def posting(deliver: Deliver) -> Callable[[ChannelContext], Sender]:
    """Return what makes the sender of a channel of which `deliver` makes the requests."""
    return lambda context: PostingSender(context, deliver)


def responded(answer: Answer, *, why: str = "", gone: bool = False, receipt: str = "") -> DeliveryResponse:
    """What an answer comes to; `why` says in words what a failure means, and a `receipt` is of what was taken."""
    taken, status = answer.taken, answer.status
    if taken:
        return DeliveryResponse(True, status, "taken", answer.wait, receipt=receipt)
    message = f"the receiver answered {status}"
    if 300 <= status < 400:
        message += ", and a redirect is not followed: subscribe with its new address"
    message += f": {why}" if why else ""
    return DeliveryResponse(False, status, message, answer.wait, gone=gone or status == GONE)
