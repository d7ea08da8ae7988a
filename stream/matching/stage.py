"""The match stage: alerts of all themes, and health events for operators, against the subscriptions ─► outbox.

What a digest, quiet hours or a cap hold back are rows, one for each alert, replaced by a later word on it; one timer a
subscription sends them together. Nothing that was held is lost: it goes out, or it is retracted before it does.
When a subscription's silence is odd, `stream.matching.silence` says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import alerts_topic, retry_topic
from stream.matching.filters import refusal
from stream.matching.health_reports import match_event, posted, report
from stream.matching.send_time import HOUR, next_moment
from stream.matching.silence import WATCH, checked, followed, heard, rang
from stream.records import Alert, HealthEvent, Outbound, Subscription, decode

__all__ = ["MatchStage", "delivery_id"]

DIGEST_DAY = 25 * 3_600_000  # a day, of which autumn has one with an hour more

TOGETHER = 50  # alerts of a digest: more are several messages, since a record has a largest size


class Sent(msgspec.Struct, frozen=True):
    """A row: the last word of an alert that was decided on for a subscription; `told` once any word was sent."""

    seq: int
    told: bool = True
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


def delivery_id(subscription: str, alert: str, seq: int) -> str:
    """The idempotency key of every attempt to deliver this."""
    return hashed("delivery", subscription, alert, str(seq))


@dataclass(frozen=True)
class MatchStage:
    """Decides who is to be sent what; `themes` give the topics that it reads."""

    themes: tuple[str, ...]
    name: str = "match"
    views: tuple[str, ...] = (topics.SUBSCRIPTIONS,)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The alerts of every theme, the events, and the subscriptions as they are saved."""
        return (*map(alerts_topic, self.themes), topics.EVENTS, topics.SUBSCRIPTIONS, retry_topic("match"))

    def longest(self, table: str, value: bytes) -> int | None:
        """How far ahead (ms) the timer of this row may lie; see `stream.engine.worker.Worker`.

        A digest that rings too early, for one that is muted for longer, is armed again.
        """
        return DIGEST_DAY if table == "digests" else None

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One outbound record for each subscription that asked for it, and word of those that have fallen silent.

        The facts count records (`told`), pairs of an alert and a subscription that asked for it (`asked`), and of these
        the `held` and `filtered`; see `stream.engine.stage.Stage` and `stream.ops.balance`.
        """
        view = tables.view(topics.SUBSCRIPTIONS)
        wishes = {name: decode(value, Subscription) for name, value in sorted(view.items())}
        outs = self._check_themes(tables, wishes, now)
        facts: Counter[str] = Counter()
        for event in events:
            if isinstance(event, Tick):
                outs += _rang(tables, event, wishes.get(event.key), now)
            elif isinstance(event, Record) and event.topic == topics.SUBSCRIPTIONS:
                wish = wishes.get(event.key)
                outs += report(tables, wish, followed(tables, event.key, wish, self.themes, now), now)
            elif isinstance(event, Record):
                facts["told"] += 1
                told = msgspec.json.decode(event.value or b"", type=_Told)
                if told.theme:
                    outs += _match_all(tables, wishes, decode(event.value, Alert), now, facts)
                else:
                    outs += match_event(tables, wishes, decode(event.value, HealthEvent), now)
        return Effects(outs, tables.changes, facts=facts)

    def _check_themes(self, tables: Tables, wishes: Mapping[str, Subscription], now: int) -> list[Out]:
        """Where themes have come or gone: who can never match any more."""
        themes = " ".join(sorted(self.themes)).encode()
        if tables.get("themes", "all") == themes:
            return []
        tables.put("themes", "all", themes)
        return [
            out
            for wish in wishes.values()
            for out in report(tables, wish, checked(tables, wish, self.themes, now), now)
        ]


class _Told(msgspec.Struct, frozen=True):
    """What tells an alert from an event, also where it comes back by the retry topic."""

    theme: str = ""


def _match_all(
    tables: Tables, wishes: Mapping[str, Subscription], alert: Alert, now: int, facts: Counter[str]
) -> Iterator[Out]:
    """The alert for all who asked for its theme, now or when they were sent it."""
    asked = [w for w in wishes.values() if alert.theme in w.themes or tables.get("sent", _key(w, alert))]
    facts["asked"] += len(asked)
    for wish in asked:
        if not wish.ended and _counts(tables, wish, alert, now):
            yield from report(tables, wish, heard(tables, wish, now), now)
        fate, outbound = ("filtered", None) if wish.ended else _match(tables, wish, alert, now)
        facts[fate] += 1
        if outbound:
            yield posted(outbound)


def _counts(tables: Tables, wish: Subscription, alert: Alert, now: int) -> bool:
    """Whether the alert is one that a subscription waits for, heard of for the first time; a mute is no silence."""
    first = alert.kind != "retracted" and tables.get("sent", _key(wish, alert)) is None
    return first and not refusal(replace(wish, muted_until=0), alert, now)


def _match(tables: Tables, wish: Subscription, alert: Alert, now: int) -> tuple[str, Outbound | None]:
    """The alert's fate for this subscription, and what is sent to it."""
    key = _key(wish, alert)
    row = tables.get("sent", key)
    before = msgspec.json.decode(row, type=Sent) if row else Sent(-1, told=False)
    if alert.seq <= before.seq:
        return "filtered", None
    if alert.kind == "retracted":
        if not before.told:
            if row:  # it was held: nobody has heard of it, and nobody need to
                tables.put("sent", key, msgspec.json.encode(Sent(alert.seq, told=False)))
                tables.delete("held", key)
            return "filtered", None
        why = "retracted after it was sent"
    elif (before.told and not wish.updates) or refusal(wish, alert, now):
        return "filtered", None
    else:
        why = f"theme {alert.theme} with probability {alert.probability:.2f}, asked from {wish.threshold:.2f}"
    moment = next_moment(wish, now, _sent(tables, wish.id, now))
    if moment <= now:
        tables.delete("held", key)
        return "sent", _send(tables, wish, [Held(alert, why)], now)
    tables.put("sent", key, msgspec.json.encode(Sent(alert.seq, before.told)))
    tables.put("held", key, msgspec.json.encode(Held(alert, why)))
    if tables.get("digests", wish.id) is None:
        tables.put("digests", wish.id, b"1", due=moment)
    return "held", None


def _rang(tables: Tables, tick: Tick, wish: Subscription | None, now: int) -> list[Out]:
    """A timer's moment; nobody is there any more where a subscription was removed or has ended."""
    if wish and wish.ended:
        wish = None
    if tick.table == WATCH and wish:
        free = next_moment(wish, now, _sent(tables, wish.id, now), gathered=True)
        return report(tables, wish, rang(tables, wish, tick.due, free, now), now)
    if tick.table == "digests":
        return [posted(outbound) for outbound in _due(tables, tick, wish, now)]
    tables.delete(tick.table, tick.key)
    return []


def _due(tables: Tables, tick: Tick, wish: Subscription | None, now: int) -> Iterator[Outbound]:
    """What is held for a subscription, now that its moment has come."""
    if wish and (moment := next_moment(wish, now, _sent(tables, wish.id, now), gathered=True)) > now:
        tables.put("digests", wish.id, b"1", due=moment)
        return
    tables.delete("digests", tick.key)
    prefix = f"{tick.key}/"
    rows = [(key, msgspec.json.decode(row, type=Held)) for key, row in tables.items("held") if key.startswith(prefix)]
    for key, _ in rows:
        tables.delete("held", key)
    if wish:
        held = sorted((one for _, one in rows), key=lambda one: (one.alert.alerted_at, one.alert.id))
        for start in range(0, len(held), TOGETHER):
            yield replace(_send(tables, wish, held[start : start + TOGETHER], now), held=True)


def _send(tables: Tables, wish: Subscription, held: Sequence[Held], now: int) -> Outbound:
    """The message with these alerts: one by itself, more as a digest."""
    for one in held:
        tables.put("sent", f"{wish.id}/{one.alert.id}", msgspec.json.encode(Sent(one.alert.seq)))
    tables.put("counts", wish.id, msgspec.json.encode(Count(now // HOUR, _sent(tables, wish.id, now) + 1)))
    first = held[0].alert
    made = Outbound(
        delivery=delivery_id(wish.id, first.id, first.seq),
        subscription=wish.id,
        revision=wish.revision,
        alert=first,
        why=held[0].why,
        at=now,
    )
    if len(held) == 1:
        return made
    ids = [part for one in held for part in (one.alert.id, str(one.alert.seq))]
    return replace(
        made,
        delivery=hashed("digest", wish.id, *ids),
        alert=None,
        alerts=tuple(one.alert for one in held),
        why=f"{len(held)} alerts that were held back",
    )


def _sent(tables: Tables, subscription: str, now: int) -> int:
    """How many messages it was sent in this hour of the clock."""
    row = tables.get("counts", subscription)
    count = msgspec.json.decode(row, type=Count) if row else Count(0, 0)
    return count.sent if count.hour == now // HOUR else 0


def _key(wish: Subscription, alert: Alert) -> str:
    return f"{wish.id}/{alert.id}"
