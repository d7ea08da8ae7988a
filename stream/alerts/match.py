"""The match stage: alerts of all themes, and health events for operators, against the subscriptions ─► outbox."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stream.ids import hashed
from stream.records import Alert, Outbound, Subscription, decode, encode
from stream.records import Event as HealthEvent
from stream.stage import Effects, Event, Out, Record, Tables, Tick
from stream.topics import alerts_topic, retry_topic

__all__ = ["MatchStage", "delivery_id", "why"]


EVENTS_KEPT = 30 * 86_400_000  # ms, as long as `events` is


class Sent(msgspec.Struct, frozen=True):
    """A row: the last word of an alert that a subscription was sent."""

    seq: int
    v: int = 1


def delivery_id(subscription: str, alert: str, seq: int) -> str:
    """The idempotency key of every attempt to deliver this."""
    return hashed("delivery", subscription, alert, str(seq))


def why(subscription: Subscription, alert: Alert, sent: bool) -> str:
    """Why this subscription gets this alert, in words; empty when it does not."""
    if alert.theme not in subscription.themes:
        return ""
    if alert.kind == "retracted":
        return "retracted after it was sent" if sent else ""
    if alert.probability < subscription.threshold:
        return ""
    if sent and not subscription.updates:
        return ""
    return f"theme {alert.theme} with probability {alert.probability:.2f}, asked from {subscription.threshold:.2f}"


@dataclass(frozen=True)
class MatchStage:
    """Decides who is to be sent what; `themes` give the topics that it reads."""

    themes: tuple[str, ...]
    name: str = "match"
    views: tuple[str, ...] = ("subscriptions",)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The alerts of every theme, and the events."""
        return (*map(alerts_topic, self.themes), "events", retry_topic("match"))

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One outbound record for each subscription that asked for it; see `stream.stage.Stage`."""
        subscriptions = [decode(value, Subscription) for _, value in sorted(tables.view("subscriptions").items())]
        outs = []
        for record in events:
            if isinstance(record, Tick):
                tables.delete(record.table, record.key)
            if not isinstance(record, Record):
                continue
            told = msgspec.json.decode(record.value or b"", type=_Told)
            for subscription in subscriptions:
                if told.theme:
                    out = _match(tables, subscription, decode(record.value, Alert), now)
                else:
                    out = _match_event(tables, subscription, decode(record.value, HealthEvent), now)
                if out is not None:
                    outs.append(Out("outbox", subscription.id, encode(out)))
        return Effects(outs, tables.changes)


class _Told(msgspec.Struct, frozen=True):
    """What tells an alert from an event, also where it comes back by the retry topic."""

    theme: str = ""


def _match(tables: Tables, subscription: Subscription, alert: Alert, now: int) -> Outbound | None:
    key = f"{subscription.id}/{alert.id}"
    row = tables.get("sent", key)
    before = msgspec.json.decode(row, type=Sent).seq if row else -1
    reason = why(subscription, alert, sent=before >= 0) if alert.seq > before else ""
    if not reason:
        return None
    tables.put("sent", key, msgspec.json.encode(Sent(alert.seq)))
    return Outbound(
        delivery=delivery_id(subscription.id, alert.id, alert.seq),
        subscription=subscription.id,
        revision=subscription.revision,
        alert=alert,
        why=reason,
        at=now,
    )


def _match_event(tables: Tables, subscription: Subscription, event: HealthEvent, now: int) -> Outbound | None:
    if event.kind not in subscription.events and "all" not in subscription.events:
        return None
    delivery = hashed("event", subscription.id, event.subject, event.kind, str(event.at))
    if tables.get("events", delivery) is not None:
        return None  # several processes, or partitions, may say the same
    tables.put("events", delivery, b"1", due=now + EVENTS_KEPT)
    return Outbound(
        delivery=delivery,
        subscription=subscription.id,
        revision=subscription.revision,
        event=event,
        why=f"health event {event.kind}, asked for",
        at=now,
    )
