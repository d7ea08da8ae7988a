"""The match stage: alerts of all themes, and health events for operators, against the subscriptions ─► outbox.

What a digest, quiet hours or a cap hold back are rows, one for each alert, replaced by a later word on it; one timer a
subscription sends them together. Nothing that was held is lost: it goes out, or it is retracted before it does.
When a subscription's silence is odd, `stream.matching.silence` says.
"""

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from stream.engine.stage import Effects, Event, Longest
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import alerts_topic, retry_topic
from stream.matching.feedback import take_feedback
from stream.matching.filters import refusal
from stream.matching.health_reports import match_event, posted, report
from stream.matching.messages import due_messages, free_at, held_key, hold, is_muted, message_of, sent_this_hour
from stream.matching.related import thread_of
from stream.matching.rows import (
    DIGESTS,
    HELD,
    NEVER,
    SENT,
    THEMES,
    Held,
    Sent,
    put_sent,
    sent_key,
)
from stream.matching.send_time import next_moment
from stream.matching.silence import WATCHES, checked, followed, heard, rang
from stream.matching.subscribed import OWN_THEMES, SUBSCRIBED, Subscribed
from stream.matching.why import why_sent
from stream.records import Alert, Feedback, HealthEvent, Outbound, Subscription, decode
from stream.units import HOUR

__all__ = ["MatchStage"]

DIGEST_DAY = 25 * HOUR  # a day, of which autumn has one with an hour more


@dataclass(frozen=True)
class MatchStage:
    """Decides who is to be sent what; `themes` give the topics that it reads.

    At work on a stream it is `live`: whether a subscription can match is asked of the themes as they are now, and
    nothing more is sent of an alert that somebody has muted.
    """

    themes: tuple[str, ...]
    live: bool = False
    name: str = "match"

    @property
    def views(self) -> tuple[str, ...]:
        """The subscriptions, the alerts that are muted, and the themes of one's own."""
        live = (topics.MUTES, topics.THEMES) if self.live else ()
        return (topics.SUBSCRIPTIONS, *live)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The alerts of every theme, the events, the subscriptions and themes as they are saved, and what is said of
        alerts."""
        alerts, live = map(alerts_topic, self.themes), (topics.THEMES,) if self.live else ()
        return (*alerts, topics.EVENTS, topics.SUBSCRIPTIONS, *live, topics.FEEDBACK, retry_topic("match"))

    @property
    def longest(self) -> Longest:
        """How far ahead (ms) timers may lie; see `stream.engine.stage`.

        A digest that rings too early, for one that is muted for longer, is armed again.
        """
        return {DIGESTS.name: lambda _: DIGEST_DAY}

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One outbound record for each subscription that asked for it, and word of those that have fallen silent.

        The facts count records (`notifications`), pairs of an alert and a subscription that asked for it (`asked`), and
        of these the `held` and `filtered`; see `stream.engine.stage.Stage` and `stream.ops.balance`.
        """
        subscribed = tables.derived(SUBSCRIBED)
        themes = self._watched(tables)
        muted = tables.view(topics.MUTES) if self.live else {}
        outs = _check_themes(tables, themes, subscribed, now)
        facts: Counter[str] = Counter()
        for event in events:
            if isinstance(event, Tick):
                outs += _rang(tables, event, subscribed.by_name.get(event.key), muted, now)
            elif isinstance(event, Record) and event.topic == topics.SUBSCRIPTIONS:
                outs += _followed(tables, event, subscribed, themes, now)
            elif isinstance(event, Record) and event.topic != topics.THEMES:  # these are looked at above, as a view
                facts["notifications"] += 1
                kind = _kind_of(event)
                if kind is Alert:
                    outs += _match_all(tables, subscribed, decode(event.value, Alert), muted, now, facts)
                elif kind is Feedback:
                    take_feedback(tables, decode(event.value, Feedback), now)
                else:
                    outs += match_event(tables, subscribed, decode(event.value, HealthEvent), now)
        return Effects(outs, tables.changes, facts=facts)

    def _watched(self, tables: Tables) -> tuple[str, ...]:
        """The themes as they are now: a record on `themes` may be known here before its topic is read."""
        if not self.live:
            return self.themes
        own = tables.derived(OWN_THEMES)
        return (*(theme for theme in self.themes if theme not in own), *own.watched)


def _followed(tables: Tables, record: Record, subscribed: Subscribed, themes: tuple[str, ...], now: int) -> list[Out]:
    """A subscription was saved or removed."""
    subscription = subscribed.by_name.get(record.key)
    if record.value is not None and subscription is None and record.key in tables.view(topics.SUBSCRIPTIONS):
        decode(record.value, Subscription)  # raises, so that it is reported once, as a dead record
    return report(tables, subscription, followed(tables, record.key, subscription, themes, now), now)


def _check_themes(tables: Tables, watched_now: tuple[str, ...], subscribed: Subscribed, now: int) -> list[Out]:
    """Where themes have come or gone: who can never match any more."""
    themes = tuple(sorted(watched_now))
    if THEMES.get(tables, "all") == themes:
        return []
    THEMES.put(tables, "all", themes)
    return [
        out
        for subscription in subscribed.named(subscribed.by_name)
        for out in report(tables, subscription, checked(tables, subscription, watched_now, now), now)
    ]


class _Told(msgspec.Struct, frozen=True):
    """What tells alerts, feedback and events from each other where one comes back by the retry topic."""

    theme: str = ""
    subscription: str = ""


def _kind_of(record: Record) -> type[Alert | Feedback | HealthEvent]:
    if record.topic.startswith(topics.ALERTS):
        return Alert
    told = msgspec.json.decode(record.value or b"", type=_Told)
    return Feedback if told.subscription else Alert if told.theme else HealthEvent


def _match_all(
    tables: Tables, subscribed: Subscribed, alert: Alert, muted: Container[str], now: int, facts: Counter[str]
) -> Iterator[Out]:
    """The alert for all who asked for its theme, now or when they were sent it."""
    prefix = sent_key(alert.id, "")
    sent = {key.removeprefix(prefix): row for key, row in SENT.items(tables, prefix)}
    asked = subscribed.named(subscribed.of_theme(alert.theme) | sent.keys())
    facts["asked"] += len(asked)
    if is_muted(alert, muted):
        facts["filtered"] += len(asked)
        return
    for subscription in asked:
        known, refused = sent.get(subscription.id), refusal(subscription, alert, now)
        if not subscription.ended and _counts(subscription, alert, known, refused, now):
            yield from report(tables, subscription, heard(tables, subscription, now), now)
        fate, outbound = "filtered", None
        if not subscription.ended:
            fate, outbound = _match(tables, subscription, alert, known, refused, now)
        facts[fate] += 1
        if outbound:
            yield posted(outbound)


def _counts(subscription: Subscription, alert: Alert, known: Sent | None, refused: str, now: int) -> bool:
    """Whether the alert is one that a subscription waits for, heard of for the first time; a mute is no silence."""
    if alert.kind == "retracted" or known is not None:
        return False
    if now < subscription.muted_until:
        refused = refusal(replace(subscription, muted_until=0), alert, now)
    return not refused


def _match(
    tables: Tables, subscription: Subscription, alert: Alert, known: Sent | None, refused: str, now: int
) -> tuple[str, Outbound | None]:
    """The alert's fate for this subscription, and what is sent to it."""
    key = held_key(subscription, alert)
    before = known or NEVER
    if alert.seq <= before.seq:
        return "filtered", None
    if alert.kind == "retracted":
        if not before.any_sent:
            if known:  # it was held: nobody has heard of it, and nobody need to
                put_sent(tables, alert.id, subscription.id, replace(known, seq=alert.seq), now)
                HELD.delete(tables, key)
            return "filtered", None
        why = "it was sent to this subscription, and does not stand any more"
    elif (before.any_sent and (before.called_wrong or not subscription.updates)) or refused:
        return "filtered", None
    else:
        why = why_sent(tables, subscription, alert)
    thread = thread_of(tables, subscription, alert, known)
    folded = bool(thread) and subscription.related == "fold"
    count = sent_this_hour(tables, subscription.id, now)
    moment = next_moment(subscription, now, count, folded=folded)
    row = replace(before, seq=alert.seq, thread=thread)
    if moment <= now:
        if known:  # what nobody was told of waits nowhere
            HELD.delete(tables, key)
        return "sent", message_of(tables, subscription, [Held(alert, why)], [row], count, now)
    put_sent(tables, alert.id, subscription.id, row, now)
    hold(tables, subscription, Held(alert, why), moment)
    return "held", None


def _rang(tables: Tables, tick: Tick, subscription: Subscription | None, muted: Container[str], now: int) -> list[Out]:
    """A timer's moment; nobody is there any more where a subscription was removed or has ended."""
    if subscription and subscription.ended:
        subscription = None
    if tick.table == WATCHES.name and subscription:
        free = free_at(tables, subscription, now)
        return report(tables, subscription, rang(tables, subscription, tick.due, free, now), now)
    if tick.table == DIGESTS.name:
        return [posted(outbound) for outbound in due_messages(tables, tick, subscription, muted, now)]
    tables.delete(tick.table, tick.key)
    return []
