"""The webhook channel: a signed POST with the headers of the Standard Webhooks specification.

The signature is HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`. The id is the delivery id, the same over
all attempts, so that a receiver can tell a repetition.

A redirect is a failure like any other and never followed, wherever it leads: a person chose the address that alerts and
their signatures go to, and a POST that is sent on by 301 or 302 would arrive as a GET.
"""

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping, Sequence
from ssl import SSLContext

import msgspec

from stream.delivering.feedback import Links
from stream.delivering.stage import Answer, Parcel
from stream.engine.stage import Request
from stream.net.guard import Blocked, Network, parse_url
from stream.net.http import Client, HttpError
from stream.net.retry_after import retry_after
from stream.records import Alert, HealthEvent, Outbound
from stream.secrets import SecretMissing, secret_text

__all__ = ["Webhook", "WebhookBody", "resolve_secret", "signed"]


GONE = 410


class WebhookBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a receiver gets: by `type` an `alert`, the alerts of a `digest`, or a health `event`; `test` for a trial.

    `links` are, by the alert's id, the addresses `right`, `wrong` and `mute`; see `stream.delivering.feedback`.
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


def resolve_secret(reference: str, environ: Mapping[str, str]) -> bytes:
    """The bytes behind `env:NAME` or `file:PATH`; a `whsec_` secret is base64, any other is taken as it is."""
    text = secret_text(reference, environ)
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


class Webhook:
    """Performs attempts; whatever the network does is an answer. `deadline` in seconds, `clock` in ms.

    `links` gives those of a message's alerts. `trust` says whose certificates are taken; without, those of this
    machine's authorities.
    """

    def __init__(
        self,
        allowed: Sequence[Network],
        deadline: float,
        clock: Callable[[], int],
        links: Callable[[Outbound], Links],
        trust: SSLContext | None = None,
    ) -> None:
        self._client = Client(allowed=allowed, read_timeout=deadline, context=trust)
        self._deadline = deadline
        self._clock = clock
        self._links = links

    def perform(self, request: Request) -> bytes:
        """One attempt."""
        parcel = msgspec.json.decode(request.body, type=Parcel)
        try:
            return msgspec.json.encode(self._post(parcel))
        except (HttpError, Blocked, SecretMissing) as error:
            return msgspec.json.encode(Answer(False, 0, str(error)))

    def _post(self, parcel: Parcel) -> Answer:
        out = parcel.outbound
        body = msgspec.json.encode(_body(out, self._links(out)))
        stamp = self._clock() // 1000
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "themewire"),
            ("webhook-id", out.delivery),
            ("webhook-timestamp", str(stamp)),
            ("Idempotency-Key", out.delivery),
        ]
        if parcel.secret:  # of two, either verifies
            secrets = [resolve_secret(reference, os.environ) for reference in parcel.secret.split(",")]
            signatures = " ".join(signed(secret, out.delivery, stamp, body) for secret in secrets)
            headers.append(("webhook-signature", signatures))
        deadline = time.monotonic() + self._deadline
        with self._client.send("POST", parse_url(parcel.url), headers, body, deadline=deadline) as response:
            taken = 200 <= response.status < 300
            wait = 0.0 if taken else retry_after(response.header("Retry-After"), stamp)
            return Answer(taken, response.status, _told(response.status), wait, gone=response.status == GONE)

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._client.close()


def _told(status: int) -> str:
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
    )
