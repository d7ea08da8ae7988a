"""The rows of the match stage, and its tables."""

import msgspec

from stream.engine.tables import Table, Tables
from stream.records import Alert
from stream.units import DAY

__all__ = [
    "COUNTS",
    "DIGESTS",
    "HELD",
    "NEVER",
    "SENT",
    "THEMES",
    "Count",
    "Held",
    "Sent",
    "put_sent",
    "sent_key",
]

REMEMBERED = 400 * DAY  # after its last word, as long as the story of an alert is: what is later is a story of its own


class Sent(msgspec.Struct, frozen=True):
    """A row: the last record of an alert that was decided on for a subscription; `any_sent` once any was sent.

    One that was `called_wrong` has no more updates. `thread` is another alert, to which this one is related and which
    the subscription has had: what becomes of this one is what it wants of related ones.
    """

    seq: int
    any_sent: bool = True
    called_wrong: bool = False
    thread: str = ""
    v: int = 1


class Held(msgspec.Struct, frozen=True):
    """A row: an alert that waits for its moment, and why it is to be sent."""

    alert: Alert
    why: str
    v: int = 1


class Count(msgspec.Struct, frozen=True):
    """A row: how many messages a subscription was sent in an hour of the clock."""

    hour: int
    sent: int
    v: int = 1


NEVER = Sent(-1, any_sent=False)
SENT = Table("sent", Sent)  # by ALERT/SUBSCRIPTION, so that all who were sent an alert are together; due: forgotten
HELD = Table("held", Held)  # by SUBSCRIPTION/ALERT
COUNTS = Table("counts", Count)  # by subscription
DIGESTS = Table("digests", int)  # by subscription that something is held for: when it is sent (ms), and due then
THEMES = Table("themes", tuple[str, ...])  # "all": those that subscriptions were last checked against


def sent_key(alert: str, subscription: str) -> str:
    """Return the key of the row in `SENT`."""
    return f"{alert}/{subscription}"


def put_sent(tables: Tables, alert: str, subscription: str, row: Sent, now: int) -> None:
    """Writes the row in `SENT`."""
    SENT.put(tables, sent_key(alert, subscription), row, due=now + REMEMBERED)
