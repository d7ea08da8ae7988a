"""The rows of the deliver stage: deliveries that are not done, the queue of each subscription, and what it has from
receivers."""

import msgspec

from stream.engine.tables import Table
from stream.records import Destination, Outbound

__all__ = [
    "ALERT_ORDER",
    "ATTEMPTS",
    "GIVE_UPS",
    "QUEUES",
    "RECEIPTS",
    "SLOTS",
    "Attempt",
    "DeliveryQueue",
    "GiveUps",
    "Receipt",
]


class Attempt(msgspec.Struct, frozen=True):
    """A delivery that is not done, and how often it has been tried."""

    outbound: Outbound
    tried: int
    v: int = 1


class DeliveryQueue(msgspec.Struct, frozen=True):
    """The deliveries of a subscription that wait in the slots from `first` to before `end`, and those `in_flight`.

    `failures` of its receiver in a row, which is left alone until `until` (ms; 0 where it wants no pause).
    """

    failures: int = 0
    until: int = 0
    in_flight: tuple[str, ...] = ()
    first: int = 0
    end: int = 0
    v: int = 1


class GiveUps(msgspec.Struct, frozen=True):
    """Until when (ms) no further notice is sent of a subscription, how many deliveries were given up meanwhile, and
    the message of the last one."""

    until: int
    count: int = 0
    last: str = ""
    v: int = 1


class Receipt(msgspec.Struct, frozen=True):
    """What a channel wants to have back with the next message on an alert; it means nothing at another destination."""

    text: str
    destination: Destination
    v: int = 1


ATTEMPTS = Table("attempts", Attempt)  # by delivery id; due: the next try
QUEUES = Table("queues", DeliveryQueue)  # by subscription; due: when its receiver is tried again
SLOTS = Table("slots", str)  # SUBSCRIPTION/NUMBER: the delivery that waits in this slot
ALERT_ORDER = Table("alert_order", tuple[str, ...])  # SUBSCRIPTION/ALERT: its deliveries that are not done, in order
GIVE_UPS = Table("give_ups", GiveUps)  # by subscription; due: when the next notice may be sent
RECEIPTS = Table("receipts", Receipt)  # SUBSCRIPTION/ALERT; due: when it is forgotten
