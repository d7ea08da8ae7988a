"""The channels, by kind: a new one is a file of this folder, and its name here."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from stream.delivering.channels import (
    apprise,
    discord,
    gotify,
    mail,
    matrix,
    ntfy,
    opsgenie,
    pagerduty,
    slack,
    teams,
    webhook,
)
from stream.delivering.channels.channel import Channel, ChannelOption, Sender
from stream.delivering.request import DeliveryRequest
from stream.engine.rate_limits import Rate
from stream.records import Destination

if TYPE_CHECKING:  # the settings import this module, and every command the settings
    from stream.engine.executor import Perform
    from stream.engine.stage import Request

__all__ = ["CHANNELS", "UnknownChannel", "channel_of", "channel_options", "performing", "rate_of", "receiver_of"]

CHANNELS: Mapping[str, Channel] = {
    each.kind: each
    for each in (
        webhook.CHANNEL,
        mail.CHANNEL,
        pagerduty.CHANNEL,
        opsgenie.CHANNEL,
        ntfy.CHANNEL,
        gotify.CHANNEL,
        slack.CHANNEL,
        teams.CHANNEL,
        discord.CHANNEL,
        matrix.CHANNEL,
        apprise.CHANNEL,
    )
}


def channel_options() -> Mapping[str, tuple[ChannelOption, Sequence[str]]]:
    """Return each option by its name, with the kinds of channels that have it: several may share one."""
    found: dict[str, tuple[ChannelOption, list[str]]] = {}
    for kind, channel in CHANNELS.items():
        for name, option in channel.options.items():
            found.setdefault(name, (option, []))[1].append(kind)
    return found


class UnknownChannel(ValueError):
    """No channel is of this kind; the sentence names those that there are."""


def channel_of(kind: str) -> Channel:
    """The channel of this kind; raises `UnknownChannel`."""
    if kind not in CHANNELS:
        raise UnknownChannel(f"there is no channel {kind!r}; there are: {', '.join(CHANNELS)}")
    return CHANNELS[kind]


def performing(sender: Sender) -> "Perform":
    """What performs the deliver stage's requests: JSON of a `DeliveryRequest` in, of a `DeliveryResponse` out."""

    def perform(request: "Request") -> bytes:
        return msgspec.json.encode(sender.send(msgspec.json.decode(request.body, type=DeliveryRequest)))

    return perform


class _Addressed(msgspec.Struct, frozen=True):
    destination: Destination


def receiver_of(request: "Request") -> str:
    """Who has to answer a delivery request: each receiver has its own share of what is delivered at once."""
    destination = _destination(request)
    return channel_of(destination.kind).receiver(destination.address)


def rate_of(request: "Request") -> Rate:
    """How often a delivery to its receiver may start, by what that receiver documents."""
    return channel_of(_destination(request).kind).rate


def _destination(request: "Request") -> Destination:
    return msgspec.json.decode(request.body, type=_Addressed).destination
