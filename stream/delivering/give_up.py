"""Word that deliveries were given up: for operators who ask for it, and for the fallback of the subscription.

At most one an hour for each subscription, so that a receiver that is dead for long floods nobody; what was given up
meanwhile is counted, and told when the hour is over.
"""

import msgspec

from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Tick
from stream.records import GIVEN_UP, HealthEvent, Outbound, encode
from stream.units import HOUR

__all__ = ["LOST", "hour_over", "lost"]

LOST = "lost"  # the table


class Lost(msgspec.Struct, frozen=True):
    """A row: until when no more is told of a subscription, how many were given up meanwhile, and why the last."""

    until: int
    count: int = 0
    last: str = ""
    v: int = 1


def lost(tables: Tables, out: Outbound, why: str, now: int) -> list[Out]:
    """The event for a delivery that is given up, or none within an hour of the last.

    What is lost of this very word makes no new one: two dead receivers would tell of each other for ever.
    """
    if out.event and out.event.kind == GIVEN_UP:
        return []
    message = f"{_what(out)} was given up ({why}): `themewire deliveries again {out.delivery}` sends it again"
    row = tables.get(LOST, out.subscription)
    if row is None:
        return [_told(tables, out.subscription, message, now)]
    before = msgspec.json.decode(row, type=Lost)
    after = Lost(before.until, before.count + 1, message)
    tables.put(LOST, out.subscription, msgspec.json.encode(after), due=before.until)
    return []


def hour_over(tables: Tables, tick: Tick, now: int) -> list[Out]:
    """The event for all that was given up within the hour; without any the next one is told at once again."""
    row = tables.get(LOST, tick.key)
    before = msgspec.json.decode(row, type=Lost) if row else Lost(0)
    if not before.count:
        tables.delete(LOST, tick.key)
        return []
    more = f"{before.count} more, the last: " if before.count > 1 else ""
    return [_told(tables, tick.key, more + before.last, now)]


def _told(tables: Tables, subscription: str, message: str, now: int) -> Out:
    tables.put(LOST, subscription, msgspec.json.encode(Lost(now + HOUR)), due=now + HOUR)
    event = HealthEvent(subject=f"subscriptions/{subscription}", kind=GIVEN_UP, message=message, at=now)
    return Out(topics.EVENTS, event.subject, encode(event))


def _what(out: Outbound) -> str:
    if out.event:
        return f"the event {out.event.kind} of {out.event.subject}"
    return f"the alert {out.alert.title!r}" if out.alert else f"a digest of {len(out.alerts)} alerts"
