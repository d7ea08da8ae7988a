"""The messages that a subscription is sent: an alert by itself, several as a digest, and what waits for its moment."""

from collections.abc import Container, Iterator, Sequence

from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log.records import Tick
from stream.matching.rows import COUNTS, DIGESTS, HELD, NEVER, SENT, Count, Held, Sent, put_sent, sent_key
from stream.matching.send_time import next_moment
from stream.records import Alert, Outbound, Subscription
from stream.units import HOUR

__all__ = [
    "delivery_id",
    "due_messages",
    "free_at",
    "held_key",
    "hold",
    "is_muted",
    "message_of",
    "sent_this_hour",
]

TOGETHER = 50  # alerts of a digest: more are several messages, since a record has a largest size


def delivery_id(subscription: str, alert: str, seq: int) -> str:
    """The idempotency key of every attempt to deliver this."""
    return hashed("delivery", subscription, alert, str(seq))


def is_muted(alert: Alert, muted: Container[str]) -> bool:
    """Whether nobody is to be sent it; whoever was sent it still learns that it does not stand any more."""
    return alert.id in muted and alert.kind != "retracted"


def hold(tables: Tables, subscription: Subscription, held: Held, moment: int) -> None:
    """Keeps an alert until a moment; one timer a subscription is for all that it has waiting."""
    HELD.put(tables, held_key(subscription, held.alert), held)
    due = DIGESTS.get(tables, subscription.id)
    if due is None or moment < due:
        DIGESTS.put(tables, subscription.id, moment, due=moment)


def due_messages(
    tables: Tables, tick: Tick, subscription: Subscription | None, muted: Container[str], now: int
) -> Iterator[Outbound]:
    """What is held for a subscription, now that its moment has come."""
    if subscription and (moment := free_at(tables, subscription, now)) > now:
        DIGESTS.put(tables, subscription.id, moment, due=moment)
        return
    DIGESTS.delete(tables, tick.key)
    rows = list(HELD.items(tables, f"{tick.key}/"))
    for key, _ in rows:
        HELD.delete(tables, key)
    if subscription:
        waited = (one for _, one in rows if not is_muted(one.alert, muted))
        held = sorted(waited, key=lambda one: (one.alert.alerted_at, one.alert.id))
        for start in range(0, len(held), TOGETHER):
            some = held[start : start + TOGETHER]
            known = [SENT.get(tables, sent_key(one.alert.id, subscription.id)) or NEVER for one in some]
            count = sent_this_hour(tables, subscription.id, now)
            yield replace(message_of(tables, subscription, some, known, count, now), held=True)


def message_of(
    tables: Tables, subscription: Subscription, held: Sequence[Held], known: Sequence[Sent], count: int, now: int
) -> Outbound:
    """The message with these alerts, of each of which something is `known`: one by itself, more as a digest.

    It is one more than the `count` of this hour (`sent_this_hour`).
    """
    for one, row in zip(held, known, strict=True):
        sent = replace(row, seq=one.alert.seq, any_sent=True)
        put_sent(tables, one.alert.id, subscription.id, sent, now)
    COUNTS.put(tables, subscription.id, Count(now // HOUR, count + 1))
    first = held[0].alert
    made = Outbound(
        delivery=delivery_id(subscription.id, first.id, first.seq),
        subscription=subscription.id,
        revision=subscription.revision,
        alert=first,
        thread="" if subscription.related == "separate" else known[0].thread,
        why=held[0].why,
        at=now,
    )
    if len(held) == 1:
        return made
    ids = [part for one in held for part in (one.alert.id, str(one.alert.seq))]
    return replace(
        made,
        delivery=hashed("digest", subscription.id, *ids),
        alert=None,
        thread="",
        alerts=tuple(one.alert for one in held),
        why=f"{len(held)} alerts that were held back",
    )


def free_at(tables: Tables, subscription: Subscription, now: int) -> int:
    """When it may be sent what was gathered."""
    return next_moment(subscription, now, sent_this_hour(tables, subscription.id, now), gathered=True)


def sent_this_hour(tables: Tables, subscription: str, now: int) -> int:
    """How many messages it was sent in this hour of the clock."""
    count = COUNTS.get(tables, subscription) or Count(0, 0)
    return count.sent if count.hour == now // HOUR else 0


def held_key(subscription: Subscription, alert: Alert) -> str:
    """Return under which key an alert waits."""
    return f"{subscription.id}/{alert.id}"
