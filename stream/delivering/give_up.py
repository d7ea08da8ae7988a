"""Notices that deliveries were given up: for operators who ask for them, and for the fallback of the subscription.

At most one an hour for each subscription, so that a receiver that is down for long floods nobody; what was given up
meanwhile is counted, and reported when the hour is over.
"""

from stream.delivering.rows import GIVE_UPS, GiveUps
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Tick
from stream.records import GIVEN_UP, HealthEvent, Outbound, encode
from stream.units import HOUR

__all__ = ["give_up_notice", "hour_over"]


def give_up_notice(tables: Tables, out: Outbound, why: str, now: int) -> list[Out]:
    """The event for a delivery that is given up, or none within an hour of the last.

    A notice that is itself given up makes no further one: two dead receivers would report each other for ever.
    """
    if out.event and out.event.kind == GIVEN_UP:
        return []
    message = f"{_what(out)} was given up ({why}): `themewire deliveries again {out.delivery}` sends it again"
    before = GIVE_UPS.get(tables, out.subscription)
    if before is None:
        return [_notice(tables, out.subscription, message, now)]
    GIVE_UPS.put(tables, out.subscription, GiveUps(before.until, before.count + 1, message), due=before.until)
    return []


def hour_over(tables: Tables, tick: Tick, now: int) -> list[Out]:
    """The event for all that was given up within the hour; without any, the next one is reported at once again."""
    before = GIVE_UPS.get(tables, tick.key) or GiveUps(0)
    if not before.count:
        GIVE_UPS.delete(tables, tick.key)
        return []
    more = f"{before.count} more, the last: " if before.count > 1 else ""
    return [_notice(tables, tick.key, more + before.last, now)]


def _notice(tables: Tables, subscription: str, message: str, now: int) -> Out:
    GIVE_UPS.put(tables, subscription, GiveUps(now + HOUR), due=now + HOUR)
    event = HealthEvent(subject=f"subscriptions/{subscription}", kind=GIVEN_UP, message=message, at=now)
    return Out(topics.EVENTS, event.subject, encode(event))


def _what(out: Outbound) -> str:
    if out.event:
        return f"the event {out.event.kind} of {out.event.subject}"
    return f"the alert {out.alert.title!r}" if out.alert else f"a digest of {len(out.alerts)} alerts"
