"""When a subscription's silence is odd: what nothing has matched for much longer than its history lets expect.

watched ─► matched, now and then ─► silent, told once ─► heard again
      └──► nothing at all for a week ─► told once
      └──► it can never match ─► told at once

Matches are taken to come at random moments with a rate that is known only from the gaps between them: with `n` gaps of
`T` in all, the next one is longer than `t` with probability (T / (T + t)) ** n. Few gaps tell little of the rate, so
they have to be exceeded by far. Like a feed's (`collectors.deciding.health`) a silence is never odd within a day, nor
within twice the longest gap: people sleep, and have weekends. A history of less than a week has not seen one.
"""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.ids import hashed
from stream.matching.filters import never
from stream.records import HealthEvent, Subscription
from stream.units import DAY, HOUR

__all__ = ["WATCH", "Watch", "checked", "expected", "followed", "heard", "hopeless", "rang"]

WATCH = "watch"
WEEK = NEVER_MATCHED = 7 * DAY
WEEKEND = 3 * DAY
IMPROBABLE = 0.001
ENOUGH_GAPS = 2  # three matches
MOST_GAPS = 200
_ASKS = ("themes", "threshold", "languages", "sources", "not_sources", "words", "not_words", "least_sources")


class Watch(msgspec.Struct, frozen=True):
    """A row: when alerts matched a subscription (ms), and whether its owner was told of its silence.

    `asks` is a hash of what decides on a match: a history holds for as long as that stays. What comes within an hour of
    the last match is one with it. `late`: it has been given a day since nobody was at work when its time came.
    """

    asks: str
    since: int
    last: int = 0
    gaps: tuple[int, ...] = ()
    told: bool = False
    late: bool = False
    v: int = 1

    @property
    def begun(self) -> int:
        """Since when there has been nothing."""
        return self.last or self.since


def expected(watch: Watch) -> int | None:
    """When (ms) its silence will be odd; None where it is known already, or where too little is known to tell."""
    if watch.told:
        return None
    if not watch.last:
        return watch.since + NEVER_MATCHED
    if len(watch.gaps) < ENOUGH_GAPS:
        return None
    known = sum(watch.gaps)
    improbable = known * (IMPROBABLE ** (-1 / len(watch.gaps)) - 1)
    return watch.last + max(DAY if known >= WEEK else WEEKEND, int(improbable), 2 * max(watch.gaps))


def hopeless(wish: Subscription, themes: tuple[str, ...]) -> str:
    """Return why it can never match, or nothing."""
    if not set(wish.themes) & set(themes):
        return f"none of its themes ({', '.join(wish.themes)}) is watched"
    return never(wish)


def followed(
    tables: Tables, name: str, wish: Subscription | None, themes: tuple[str, ...], now: int
) -> list[HealthEvent]:
    """Begins to watch a subscription that was saved, ends with one that is removed, has ended or asks for no theme."""
    before = _load(tables, name)
    if wish is None or wish.ended or not wish.themes:
        if before:
            tables.delete(WATCH, name)
        return []
    asks = hashed(*(repr(getattr(wish, field)) for field in _ASKS))
    if before and before.asks == asks:
        return []  # a mute, another channel
    _put(tables, name, Watch(asks, now))
    return checked(tables, wish, themes, now)


def checked(tables: Tables, wish: Subscription, themes: tuple[str, ...], now: int) -> list[HealthEvent]:
    """Tells, once, of a watched subscription that can never match."""
    watch = _load(tables, wish.id)
    if watch is None or watch.told or not (reason := hopeless(wish, themes)):
        return []
    _put(tables, wish.id, replace(watch, told=True))
    return [_event(wish.id, "silent", f"it can never match: {reason}; `themewire subscriptions add` changes it", now)]


def heard(tables: Tables, wish: Subscription, now: int) -> list[HealthEvent]:
    """A match; tells that a silence is over."""
    watch = _load(tables, wish.id)
    if watch is None:
        return []
    gaps = watch.gaps
    if watch.last and now - watch.last >= HOUR:
        gaps = (*gaps, now - watch.last)[-MOST_GAPS:]
    _put(tables, wish.id, replace(watch, last=now, gaps=gaps, told=False, late=False))
    if not watch.told:
        return []
    return [_event(wish.id, "heard again", f"an alert matches again, after {_span(now - watch.begun)}", now)]


def rang(tables: Tables, wish: Subscription, due: int, free: int, now: int) -> list[HealthEvent]:
    """Its time has come: tells of its silence, once. `free` (ms) is when it may be sent something.

    Where its time came while nobody was at work, alerts may be on their way: it has a day more.
    """
    watch = _load(tables, wish.id)
    moment = expected(watch) if watch else None
    if watch is None or moment is None:
        return []
    if moment > now or free > now:
        tables.put(WATCH, wish.id, msgspec.json.encode(watch), due=max(moment, free))
        return []
    if now - due > DAY and not watch.late:
        tables.put(WATCH, wish.id, msgspec.json.encode(replace(watch, late=True)), due=now + DAY)
        return []
    _put(tables, wish.id, replace(watch, told=True))
    return [_event(wish.id, "silent", _silence(wish.id, watch, now), now)]


def _silence(name: str, watch: Watch, now: int) -> str:
    since = datetime.fromtimestamp(watch.begun / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
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


def _load(tables: Tables, name: str) -> Watch | None:
    row = tables.get(WATCH, name)
    return msgspec.json.decode(row, type=Watch) if row else None


def _put(tables: Tables, name: str, watch: Watch) -> None:
    tables.put(WATCH, name, msgspec.json.encode(watch), due=expected(watch))
