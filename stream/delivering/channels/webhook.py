"""The webhook channel: a signed POST with the headers of the Standard Webhooks specification.

The signature is HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`. The id is the delivery id, the same over
all attempts, so that a receiver can tell a repetition.

A redirect is a failure like any other and never followed, wherever it leads: a person chose the address that alerts and
their signatures go to, and a POST that is sent on by 301 or 302 would arrive as a GET.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable

import msgspec

from stream.delivering.channels.channel import Channel, ChannelContext, ChannelOption
from stream.delivering.channels.posting import Call, PostingSender, responded
from stream.delivering.channels.web_address import check_address, receiver_of, warnings_of
from stream.delivering.feedback import Links
from stream.delivering.message import thread_key
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Alert, HealthEvent, Outbound
from stream.secrets import SecretMissing

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


class WebhookSender(PostingSender):
    """Posts deliveries; whatever the network does is a response."""

    def __init__(self, context: ChannelContext) -> None:
        super().__init__(context, _post)


def _post(call: Call, request: DeliveryRequest) -> DeliveryResponse:
    destination, out, context = request.destination, request.outbound, call.context
    target = call.target(destination.address)
    context.report(f"address: {destination.address} can be delivered to")
    body = msgspec.json.encode(_body(out, context.links(out)))
    stamp = context.clock() // 1000
    headers = {"webhook-id": out.delivery, "webhook-timestamp": str(stamp), "Idempotency-Key": out.delivery}
    if secret := destination.options.get("secret", ""):  # of two, either verifies
        secrets = [resolve_secret(reference, context.secret) for reference in secret.split(",")]
        headers["webhook-signature"] = " ".join(signed(each, out.delivery, stamp, body) for each in secrets)
    context.report(f"secret: {secret} is set" if secret else "secret: none, so messages are not signed")
    return responded(call.send("POST", target, body, headers))


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


CHANNEL = Channel(
    kind="webhook",
    address=ChannelOption(
        "URL", "Where alerts are posted; with a secret in it by reference: env:NAME.", referable=True
    ),
    options={"secret": ChannelOption("REF", "What signs messages, by reference.", secret=True)},
    make=WebhookSender,
    receiver=receiver_of("webhook"),
    check=check_address,
    warnings=warnings_of,
    about=ABOUT,
)
