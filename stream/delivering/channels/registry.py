"""The ways out, by the kind of request that asks for each: a subscription has exactly one."""

from typing import Protocol

import msgspec

from stream.engine.stage import Request
from stream.net.guard import Blocked, parse_url
from stream.records import Subscription

__all__ = ["CHANNELS", "NO_CHANNEL", "Channel", "channel_of", "receiver_of"]

CHANNELS = ("webhook", "mail", "apprise")  # fields of a subscription, and kinds of requests
NO_CHANNEL = "none"  # of what is given up since its subscription was removed


class Channel(Protocol):
    """Performs attempts; whatever the network does is an answer."""

    def perform(self, request: Request) -> bytes:
        """One attempt: a `Parcel` in the request's body, an `Answer` in return, both as JSON."""
        ...

    def close(self) -> None:
        """Gives back what it holds."""
        ...


def channel_of(wish: Subscription) -> tuple[str, str]:
    """The kind of a subscription's channel, and where it leads: an address, or a reference to one."""
    named = ((kind, str(getattr(wish, kind))) for kind in CHANNELS)
    return next(((kind, place) for kind, place in named if place), ("webhook", ""))


class _Address(msgspec.Struct, frozen=True):
    url: str


def receiver_of(request: Request) -> str:
    """Who has to answer a request, each with a lane of its own: a webhook's host and port, the mail server, a chat."""
    if request.kind == "mail":
        return request.kind
    place = msgspec.json.decode(request.body, type=_Address).url
    try:
        return parse_url(place).authority
    except Blocked:
        return f"{request.kind} {place}"
