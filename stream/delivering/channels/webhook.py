"""The webhook channel: a signed POST with the headers of the Standard Webhooks specification.

The signature is HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`. The id is the delivery id, the same over
all attempts, so that a receiver can tell a repetition.

A redirect is a failure like any other and never followed, wherever it leads: a person chose the address that alerts and
their signatures go to, and a POST that is sent on by 301 or 302 would arrive as a GET.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, urlsplit

import msgspec

from stream.delivering.channels.channel import Channel, ChannelContext, ChannelOption
from stream.delivering.feedback import Links
from stream.delivering.message import thread_key
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.net.guard import Blocked, Target, check_url, parse_url
from stream.net.http import Client, HttpError
from stream.net.retry_after import retry_after
from stream.records import Alert, Destination, HealthEvent, Outbound
from stream.secrets import SecretMissing, is_reference

__all__ = ["CHANNEL", "WebhookBody", "WebhookSender", "resolve_secret", "signed"]

ABOUT = """## Webhook

    themewire subscriptions add team --theme standards --webhook https://example.org/hook --secret env:HOOK_SECRET

A POST of JSON that follows [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id` is the delivery id,
`webhook-signature` an HMAC over `id.timestamp.body`; two secrets, separated by a comma, sign twice while you rotate
from one to the other. `type` is `alert`, `digest` or `event`, and `test` is true for a test alert. `thread` is a key to
group messages by: the same for all on one alert, and with `--related thread` on the alerts related to it. 2xx means
accepted; `Retry-After` is honoured; 410 ends the subscription; redirects are not followed. A receiver should remember
the ids that it has seen for three days.

An address that holds a password or a token is secret, too: it is given by reference as a whole, `--webhook env:HOOK`.

A receiver on a private network needs `fetch.allow_networks`. One whose certificate comes from your own certificate
authority needs `deliver.ca_file`, a PEM file of authorities that are trusted in addition to the system's.
"""

GONE = 410
# Names of parameters that usually are a right by themselves.
_SECRET = re.compile(
    r"token|secret|passw|pwd|credential|signature|api-?_?key|access-?_?key|auth|jwt|^(?:key|sig|code|pass|sas|hmac)$",
    re.IGNORECASE,
)


class WebhookBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a receiver gets: by `type` an `alert`, the alerts of a `digest`, or a health `event`; `test` for a trial.

    `links` are, by the alert's id, the addresses `right`, `wrong` and `mute` (`stream.delivering.feedback`). Messages
    of one `thread` are about one alert, or about others that the subscription wants to have in its thread.
    """

    type: str
    delivery: str
    subscription: str
    why: str
    alert: Alert | None = None
    alerts: tuple[Alert, ...] = ()
    event: HealthEvent | None = None
    test: bool = False
    links: Links = {}
    thread: str = ""


def resolve_secret(reference: str, look: Callable[[str], str]) -> bytes:
    """The bytes of the secret that `look` finds; a `whsec_` secret is base64, any other is taken as it is."""
    text = look(reference)
    if not text.removeprefix("whsec_"):  # anybody could sign with it
        raise SecretMissing(f"the secret {reference} is empty")
    if not text.startswith("whsec_"):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise SecretMissing(f"the secret {reference} is not base64 after whsec_") from error


def signed(secret: bytes, delivery: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    content = b".".join((delivery.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()


class WebhookSender:
    """Posts deliveries; whatever the network does is a response."""

    def __init__(self, context: ChannelContext) -> None:
        self._client = Client(allowed=context.allowed, read_timeout=context.deadline, context=context.trust)
        self._context = context

    def send(self, request: DeliveryRequest) -> DeliveryResponse:
        """One attempt."""
        try:
            return self._post(request.destination, request.outbound)
        except (HttpError, Blocked, SecretMissing) as error:
            return DeliveryResponse(False, 0, self._told(error, request.destination.address))

    def _post(self, destination: Destination, out: Outbound) -> DeliveryResponse:
        report = self._context.report
        target = self._target(destination.address)
        report(f"address: {destination.address} can be delivered to")
        body = msgspec.json.encode(_body(out, self._context.links(out)))
        stamp = self._context.clock() // 1000
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "themewire"),
            ("webhook-id", out.delivery),
            ("webhook-timestamp", str(stamp)),
            ("Idempotency-Key", out.delivery),
        ]
        if secret := destination.options.get("secret", ""):  # of two, either verifies
            secrets = [resolve_secret(reference, self._context.secret) for reference in secret.split(",")]
            signatures = " ".join(signed(each, out.delivery, stamp, body) for each in secrets)
            headers.append(("webhook-signature", signatures))
        report(f"secret: {secret} is set" if secret else "secret: none, so messages are not signed")
        deadline = time.monotonic() + self._context.deadline
        with self._client.send("POST", target, headers, body, deadline=deadline) as response:
            taken = 200 <= response.status < 300
            wait = 0.0 if taken else retry_after(response.header("Retry-After"), stamp)
            message = _message(response.status)
            return DeliveryResponse(taken, response.status, message, wait, gone=response.status == GONE)

    def _target(self, address: str) -> Target:
        return parse_url(self._context.secret(address) if is_reference(address) else address)

    def _told(self, error: Exception, address: str) -> str:
        """What went wrong; of an address that is secret nothing is repeated."""
        if not is_reference(address) or isinstance(error, SecretMissing):
            return str(error)
        try:
            return str(error).replace(self._target(address).host, f"the host of {address}")
        except (Blocked, SecretMissing):
            return f"what {address} holds is no address that can be delivered to"

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._client.close()


def _message(status: int) -> str:
    if 200 <= status < 300:
        return "taken"
    if 300 <= status < 400:
        return f"the receiver answered {status}, and a redirect is not followed: subscribe with its new address"
    return f"the receiver answered {status}"


def _body(out: Outbound, links: Links) -> WebhookBody:
    return WebhookBody(
        type="digest" if out.alerts else "alert" if out.alert else "event",
        delivery=out.delivery,
        subscription=out.subscription,
        why=out.why,
        alert=out.alert,
        alerts=out.alerts,
        event=out.event,
        test=out.test,
        links=links,
        thread=thread_key(out),
    )


def _check(destination: Destination) -> None:
    address = destination.address
    if is_reference(address):
        return
    try:
        target = parse_url(address)
        query = parse_qsl(urlsplit(address).query, keep_blank_values=True, max_num_fields=100)
    except Blocked as error:
        raise ValueError(f"{_without_secrets(address)!r} cannot be delivered to: {error}") from error
    except ValueError as error:
        raise ValueError("the address has more than 100 parameters") from error
    if target.userinfo or any(_SECRET.search(name) for name, _ in query):
        raise ValueError(
            "the address has a password or a token in it, which everyone who sees the subscription would see: "
            "give the whole address by reference, as env:NAME or file:NAME"
        )


def _without_secrets(address: str) -> str:
    return re.sub(r"//[^/]*@", "//", address.partition("?")[0])


def _warnings(destination: Destination, context: ChannelContext) -> Iterable[str]:
    address = destination.address
    try:
        check_url(context.secret(address) if is_reference(address) else address, context.allowed)
    except Blocked as error:
        why = "" if is_reference(address) else f": {error}"
        yield f"{address} cannot be delivered to as things are{why}"
    except SecretMissing:  # which is told of every secret
        pass


def _receiver(address: str) -> str:
    if is_reference(address):
        return f"webhook {address}"
    try:
        return parse_url(address).authority
    except Blocked:
        return f"webhook {address}"


CHANNEL = Channel(
    kind="webhook",
    address=ChannelOption(
        "URL", "Where alerts are posted; with a secret in it by reference: env:NAME.", referable=True
    ),
    options={"secret": ChannelOption("REF", "What signs webhooks, by reference: env:NAME or file:NAME.", secret=True)},
    make=WebhookSender,
    receiver=_receiver,
    check=_check,
    warnings=_warnings,
    about=ABOUT,
)
