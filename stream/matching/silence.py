"""When a subscription's silence is odd: what nothing has matched for much longer than its history lets expect.

watched ─► matched, now and then ─► silent, reported once ─► heard again
      └──► nothing at all for a week ─► reported once
      └──► it can never match ─► reported at once

Matches are taken to come at random moments with a rate that is known only from the gaps between them: with `n` gaps of
`T` in all, the next one is longer than `t` with probability (T / (T + t)) ** n. Few gaps tell little of the rate, so
they have to be exceeded by far. Like a feed's (`collectors.deciding.feed.health`) a silence is never odd within a day,
nor within twice the longest gap: people sleep, and have weekends. A history of less than a week has not seen one.
"""

import msgspec
from msgspec.structs import replace

from stream.engine.tables import Table, Tables
from stream.ids import hashed
from stream.matching.filters import never
from stream.records import HealthEvent, Subscription
from stream.units import DAY, HOUR, WEEK, utc

__all__ = ["WATCHES", "SilenceWatch", "checked", "expected", "followed", "heard", "hopeless", "rang"]

NEVER_MATCHED = WEEK
WEEKEND = 3 * DAY
IMPROBABLE = 0.001
ENOUGH_GAPS = 2  # three matches
MOST_GAPS = 200
_ASKS = ("themes", "threshold", "unsure", "languages", "sources", "not_sources", "words", "not_words", "least_sources")


class SilenceWatch(msgspec.Struct, frozen=True):
    """A row: when alerts matched a subscription (ms), and whether its silence was reported.

    `asks` is a hash of what decides on a match: a history holds for as long as that stays. What comes within an hour of
    the last match is one with it. `late`: it has been given a day since nobody was at work when its time came.
    """

    asks: str
    since: int
    last: int = 0
    gaps: tuple[int, ...] = ()
    reported: bool = False
    late: bool = False
    v: int = 1

    @property
    def begun(self) -> int:
        """Since when there has been nothing."""
        return self.last or self.since


WATCHES = Table("watches", SilenceWatch)  # by subscription; due: when its silence is odd


def expected(watch: SilenceWatch) -> int | None:
    """When (ms) its silence will be odd; None where it is known already, or where too little is known to tell."""
    if watch.reported:
        return None
    if not watch.last:
        return watch.since + NEVER_MATCHED
    if len(watch.gaps) < ENOUGH_GAPS:
        return None
    known = sum(watch.gaps)
    improbable = known * (IMPROBABLE ** (-1 / len(watch.gaps)) - 1)
    return watch.last + max(DAY if known >= WEEK else WEEKEND, int(improbable), 2 * max(watch.gaps))


def hopeless(subscription: Subscription, themes: tuple[str, ...]) -> str:
    """Return why it can never match, or nothing."""
    if not set(subscription.themes) & set(themes):
        return f"none of its themes ({', '.join(subscription.themes)}) is watched"
    return never(subscription)


def followed(
    tables: Tables, name: str, subscription: Subscription | None, themes: tuple[str, ...], now: int
) -> list[HealthEvent]:
    """Begins to watch a subscription that was saved, ends with one that is removed, has ended or asks for no theme."""
    before = WATCHES.get(tables, name)
    if subscription is None or subscription.ended or not subscription.themes:
        if before:
            WATCHES.delete(tables, name)
        return []
    asks = hashed(*(repr(getattr(subscription, field)) for field in _ASKS))
    if before and before.asks == asks:
        return []  # a mute, another channel
    _put(tables, name, SilenceWatch(asks, now))
    return checked(tables, subscription, themes, now)


def checked(tables: Tables, subscription: Subscription, themes: tuple[str, ...], now: int) -> list[HealthEvent]:
    """Tells, once, of a watched subscription that can never match."""
    watch = WATCHES.get(tables, subscription.id)
    if watch is None or watch.reported or not (reason := hopeless(subscription, themes)):
        return []
    _put(tables, subscription.id, replace(watch, reported=True))
    return [
        _event(
            subscription.id, "silent", f"it can never match: {reason}; `themewire subscriptions add` changes it", now
        )
    ]


def heard(tables: Tables, subscription: Subscription, now: int) -> list[HealthEvent]:
    """A match; tells that a silence is over."""
    watch = WATCHES.get(tables, subscription.id)
    if watch is None:
        return []
    gaps = watch.gaps
    if watch.last and now - watch.last >= HOUR:
        gaps = (*gaps, now - watch.last)[-MOST_GAPS:]
    _put(tables, subscription.id, replace(watch, last=now, gaps=gaps, reported=False, late=False))
    if not watch.reported:
        return []
    return [_event(subscription.id, "heard again", f"an alert matches again, after {_span(now - watch.begun)}", now)]


def rang(tables: Tables, subscription: Subscription, due: int, free: int, now: int) -> list[HealthEvent]:
    """Its time has come: tells of its silence, once. `free` (ms) is when it may be sent something.

    Where its time came while nobody was at work, alerts may be on their way: it has a day more.
    """
    watch = WATCHES.get(tables, subscription.id)
    moment = expected(watch) if watch else None
    if watch is None or moment is None:
        return []
    if moment > now or free > now:
        WATCHES.put(tables, subscription.id, watch, due=max(moment, free))
        return []
    if now - due > DAY and not watch.late:
        WATCHES.put(tables, subscription.id, replace(watch, late=True), due=now + DAY)
        return []
    _put(tables, subscription.id, replace(watch, reported=True))
    return [_event(subscription.id, "silent", _silence(subscription.id, watch, now), now)]


def _silence(name: str, watch: SilenceWatch, now: int) -> str:
    since = utc(watch.begun).strftime("%Y-%m-%d %H:%M UTC")
    look = f"`themewire subscriptions preview {name}` shows which filters keep alerts away"
    if not watch.last:
        return f"no alert has matched since it was saved, {_span(now - watch.since)} ago ({since}): {look}"
    usual = _span(sum(watch.gaps) / len(watch.gaps))
    return (
        f"no alert has matched for {_span(now - watch.last)} (since {since}), and one did about every {usual}: {look}"
    )


def _span(ms: float) -> str:
    return f"{ms / DAY:.1f} days" if ms >= 2 * DAY else f"{ms / HOUR:.1f} hours"


def _event(name: str, kind: str, message: str, now: int) -> HealthEvent:
    return HealthEvent(subject=f"subscriptions/{name}", kind=f"subscription {kind}", message=message, at=now)


def _put(tables: Tables, name: str, watch: SilenceWatch) -> None:
    WATCHES.put(tables, name, watch, due=expected(watch))
