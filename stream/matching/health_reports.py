"""Health events as what is sent: to operators who asked for their kind, and to those whom they are about."""

from collections.abc import Iterator, Mapping, Sequence

from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out
from stream.records import GIVEN_UP, HealthEvent, Outbound, Subscription, encode

__all__ = ["match_event", "posted", "report"]

KEPT = 30 * 86_400_000  # ms, as long as `events` is


def match_event(tables: Tables, wishes: Mapping[str, Subscription], event: HealthEvent, now: int) -> Iterator[Out]:
    """The event for all who asked for its kind, and for the fallback of whom it is about."""
    about = event.subject.removeprefix("subscriptions/")
    given_up = wishes.get(about) if event.kind == GIVEN_UP else None
    for wish in wishes.values():
        if wish.ended:
            continue
        if event.kind in wish.events or "all" in wish.events:
            yield from _tell(tables, wish, event, f"health event {event.kind}, asked for", now)
        elif given_up and given_up.fallback == wish.id:
            yield from _tell(tables, wish, event, f"the fallback of {about}", now)


def report(tables: Tables, wish: Subscription | None, told: Sequence[HealthEvent], now: int) -> list[Out]:
    """Events about a subscription: for operators, and a silence also for those who wait, by the channel itself."""
    outs = [Out(topics.EVENTS, event.subject, encode(event)) for event in told]
    for event in told:
        if wish and event.kind == "subscription silent":
            outs += _tell(tables, wish, event, "this subscription's own silence", now)
    return outs


def posted(outbound: Outbound) -> Out:
    """As it is put in the outbox."""
    return Out(topics.OUTBOX, outbound.subscription, encode(outbound))


def _tell(tables: Tables, wish: Subscription, event: HealthEvent, why: str, now: int) -> Iterator[Out]:
    """The event for one subscription, once: several processes, or partitions, may say the same."""
    delivery = hashed("event", wish.id, event.subject, event.kind, str(event.at))
    if tables.get("events", delivery) is not None:
        return
    tables.put("events", delivery, b"1", due=now + KEPT)
    yield posted(
        Outbound(delivery=delivery, subscription=wish.id, revision=wish.revision, event=event, why=why, at=now)
    )
