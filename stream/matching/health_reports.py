"""Health events as what is sent: to operators who asked for their kind, and to those whom they are about."""

from collections.abc import Iterator, Sequence

from stream.engine.tables import Table, Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out
from stream.matching.subscribed import Subscribed
from stream.records import GIVEN_UP, HealthEvent, Outbound, Subscription, encode
from stream.units import DAY

__all__ = ["match_event", "posted", "report"]

KEPT = 30 * DAY  # as long as `events` is
SENT_EVENTS = Table("sent_events", bool)  # by delivery: those that were sent, so that none is sent twice


def match_event(tables: Tables, subscribed: Subscribed, event: HealthEvent, now: int) -> Iterator[Out]:
    """The event for all who asked for its kind, and for the fallback of whom it is about."""
    about = event.subject.removeprefix("subscriptions/")
    given_up = subscribed.by_name.get(about) if event.kind == GIVEN_UP else None
    asking = subscribed.of_event(event.kind)
    for subscription in subscribed.named(asking | {given_up.fallback} if given_up else asking):
        if subscription.ended:
            continue
        why = f"this subscription asks for health events of the kind {event.kind}"
        if subscription.id not in asking:
            why = f"this subscription is the fallback of {about}"
        yield from _send(tables, subscription, event, why, now)


def report(tables: Tables, subscription: Subscription | None, events: Sequence[HealthEvent], now: int) -> list[Out]:
    """Events about a subscription: for operators, and a silence also for those who wait, by the channel itself."""
    outs = [Out(topics.EVENTS, event.subject, encode(event)) for event in events]
    for event in events:
        if subscription and event.kind == "subscription silent":
            outs += _send(tables, subscription, event, "it is about this subscription", now)
    return outs


def posted(outbound: Outbound) -> Out:
    """As it is put in the outbox."""
    return Out(topics.OUTBOX, outbound.subscription, encode(outbound))


def _send(tables: Tables, subscription: Subscription, event: HealthEvent, why: str, now: int) -> Iterator[Out]:
    """The event for one subscription, once: several processes, or partitions, may say the same."""
    delivery = hashed("event", subscription.id, event.subject, event.kind, str(event.at))
    if SENT_EVENTS.get(tables, delivery) is not None:
        return
    SENT_EVENTS.put(tables, delivery, True, due=now + KEPT)
    yield posted(
        Outbound(
            delivery=delivery,
            subscription=subscription.id,
            revision=subscription.revision,
            event=event,
            why=why,
            at=now,
        )
    )
