"""The feedback links that every alert carries: it was right, it was wrong, mute the subscription; and a digest's page.

A feedback link's token says all that is meant by it, signed, so that nothing is kept for it: whoever has it may use it
until it expires. That of a digest's page is short, and only says which delivery it shows. `stream.text.links` is
another matter, the addresses of items.
"""

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from stream.ids import hashed
from stream.log.topics import partition_of
from stream.records import Alert, Destination, Item, Label, Outbound, Standing
from stream.units import DAY

__all__ = [
    "DIGEST_PATH",
    "LASTS",
    "ORIGIN",
    "PATH",
    "Expired",
    "Invalid",
    "Links",
    "Ticket",
    "alerts_of",
    "digest_of",
    "digest_token",
    "item_of",
    "label_of",
    "last_word",
    "links",
    "links_by_alert",
    "receiver_of",
    "subscription_of",
    "ticket_of",
    "token_of",
    "who",
]

PATH = "/feedback"
DIGEST_PATH = "/digest"
LASTS = 30 * DAY
ORIGIN = "link"  # of labels
VERSION = "1"
MAC_BYTES = 32
SHORT_MAC_BYTES = 16  # of a digest's link, which nothing is done by
_HASHED = re.compile(r"[0-9a-f]{32}")  # a delivery id of ours
ANY_PARTITION = 1 << 31  # partitions are this number modulo their own
_WHO = "subscription "
LABELLER: Standing = "labeller"
SUBSCRIBER: Standing = "subscriber"
BROKEN = "this link is broken, or was not made here: open it as it was sent"

What = Literal["right", "wrong", "mute"]
WHATS: tuple[What, ...] = ("right", "wrong", "mute")
Links = Mapping[str, Mapping[str, str]]  # by alert id, then by what they say


class Invalid(ValueError):
    """A token is refused; the sentence says why."""


class Expired(Invalid):
    """A token was good, and its time is over."""


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a token says; `expires` in ms."""

    what: What
    subscription: str
    alert: str
    theme: str
    item: str
    expires: int


def token_of(ticket: Ticket, key: bytes) -> str:
    """Return the ticket, signed, as text that a path of a URL can hold."""
    body = msgspec.json.encode(ticket)
    return f"{VERSION}.{_text(_mac(body, key) + body)}"


def ticket_of(token: str, key: bytes, now: int) -> Ticket:
    """Return what a token says; raises `Invalid` or `Expired`."""
    version, _, text = token.partition(".")
    if version != VERSION and version.isdecimal():
        raise Invalid("this link was made by another version of themewire, and is not read by this one")
    try:
        signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        mac, body = signed[:MAC_BYTES], signed[MAC_BYTES:]
        # Base64 is read in more forms than it is written in: only the one that was sent is good.
        if token != f"{VERSION}.{_text(signed)}" or not hmac.compare_digest(mac, _mac(body, key)):
            raise Invalid(BROKEN)
        ticket = msgspec.json.decode(body, type=Ticket)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid(BROKEN) from error
    if ticket.expires <= now:
        raise Expired("this link has expired: those of newer alerts work")
    return ticket


def links(base: str, key: bytes, subscription: str, alert: Alert, expires: int) -> dict[str, str]:
    """Return the address of each link of an alert to a subscription; `base` is where the web role answers."""
    tickets = [Ticket(what, subscription, alert.id, alert.theme, item_of(alert), expires) for what in WHATS]
    return {ticket.what: f"{base}{PATH}/{token_of(ticket, key)}" for ticket in tickets}


def links_by_alert(base: str, key: bytes, out: Outbound) -> Links:
    """Return the links of each alert in a message, the same at all attempts; a test has nothing to be right about.

    Those of a digest have a `page` as well, short, where the others are.
    """
    found = {}
    for number, alert in enumerate(alerts_of(out), start=1):
        made = links(base, key, out.subscription, alert, out.at + LASTS)
        found[alert.id] = {"mute": made["mute"]} if out.test or not item_of(alert) else made
        if out.alerts and _HASHED.fullmatch(out.delivery):
            found[alert.id]["page"] = f"{base}{DIGEST_PATH}/{digest_token(out, key)}#{number}"
    return found


def digest_token(out: Outbound, key: bytes) -> str:
    """Return what names a digest in its short link: where its record is, and its delivery id, signed."""
    where = partition_of(out.subscription, ANY_PARTITION).to_bytes(4, "big")
    body = where + bytes.fromhex(out.delivery)
    return _text(_digest_mac(body, key) + body)


def digest_of(token: str, key: bytes) -> tuple[int, str]:
    """Return where a digest's record is (modulo the partitions of `outbox`) and its delivery id; raises `Invalid`."""
    try:
        signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise Invalid(BROKEN) from error
    mac, body = signed[:SHORT_MAC_BYTES], signed[SHORT_MAC_BYTES:]
    if token != _text(signed) or not hmac.compare_digest(mac, _digest_mac(body, key)):
        raise Invalid(BROKEN)
    return int.from_bytes(body[:4], "big"), body[4:].hex()


def alerts_of(out: Outbound) -> tuple[Alert, ...]:
    """Return the alerts in a message: one, those of a digest, or none."""
    return (out.alert,) if out.alert else out.alerts


def item_of(alert: Alert) -> str:
    """Return the id of the item whose link an alert shows, else of its first; empty where it names none."""
    first = alert.sources[0].item if alert.sources else ""
    return next((source.item for source in alert.sources if source.url == alert.url), first)


def who(subscription: str) -> str:
    """Return whose word feedback is."""
    return f"{_WHO}{subscription}"


def subscription_of(who: str) -> str:
    """Return the subscription whose word feedback is."""
    return who.removeprefix(_WHO)


def last_word(labels: Sequence[Label], name: str, theme: str, standing: Standing = LABELLER) -> Label | None:
    """Return what somebody said of a theme last, of what was not taken back."""
    undone = {label.undoes for label in labels}
    own = [label for label in labels if (label.who, label.standing) == (name, standing) and label.id not in undone]
    return next((label for label in reversed(own) if theme in label.yes + label.no), None)


def label_of(
    ticket: Ticket,
    item: Item,
    before: Sequence[Label],
    now: int,
    receiver: str = "",
    labeller: str = "",
    origin: str = ORIGIN,
) -> Label | None:
    """Return the label that a right or wrong comes to, or None where it is what was said last already.

    It is the subscription's word, or that of a `labeller` of this name, who is known to be one and needs no link.

    `before` are the labels on the item, in their order. Of two that are made at the same time of one ticket the ids
    are the same, so that they count once; a change of mind has an id of its own. `receiver` is `receiver_of` the
    subscription.
    """
    name, standing = (labeller, LABELLER) if labeller else (who(ticket.subscription), SUBSCRIBER)
    right, last = ticket.what == "right", last_word(before, name, ticket.theme, standing)
    if last is not None and (ticket.theme in last.yes) is right:
        return None
    own = {label.id for label in before if (label.who, label.standing) == (name, standing)}
    named = [
        *([labeller] if labeller else []),
        ticket.subscription,
        ticket.alert,
        ticket.theme,
        ticket.item,
        ticket.what,
    ]
    return Label(
        id=hashed("feedback", *named, str(len(own))),
        item=item,
        who=name,
        origin=origin,
        at=now,
        yes=(ticket.theme,) if right else (),
        no=() if right else (ticket.theme,),
        standing=standing,
        alert=ticket.alert,
        receiver="" if labeller else receiver,
    )


def receiver_of(destination: Destination, key: bytes) -> str:
    """Return a name for where a subscription delivers, from which nobody without the key learns the address."""
    return hmac.digest(key, f"themewire receiver\n{destination.kind}\n{destination.address}".encode(), "sha256").hex()[
        :16
    ]


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, f"themewire feedback {VERSION}\n".encode() + body, "sha256")


def _digest_mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"themewire digest 1\n" + body, "sha256")[:SHORT_MAC_BYTES]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
