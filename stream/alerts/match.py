"""The match stage: alerts of all themes against the subscriptions ─► outbox."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stream.ids import hashed
from stream.records import Alert, Outbound, Subscription, decode, encode
from stream.stage import Effects, Event, Out, Record, Tables
from stream.topics import alerts_topic, retry_topic

__all__ = ["MatchStage", "delivery_id", "why"]


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
        """The alerts of every theme."""
        return (*map(alerts_topic, self.themes), retry_topic("match"))

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One outbound record for each subscription that asked for it; see `stream.stage.Stage`."""
        subscriptions = [decode(value, Subscription) for _, value in sorted(tables.view("subscriptions").items())]
        outs = []
        for event in events:
            if not isinstance(event, Record):
                continue
            alert = decode(event.value, Alert)
            for subscription in subscriptions:
                if (out := _match(tables, subscription, alert, now)) is not None:
                    outs.append(Out("outbox", subscription.id, encode(out)))
        return Effects(outs, tables.changes)


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
