"""When a subscription may be sent something: digests, quiet hours and a cap an hour, in its own time zone."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stream.records import Subscription

__all__ = ["HOUR", "check_hours", "next_moment"]

HOUR = 3_600_000
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def check_hours(wish: Subscription) -> None:
    """Raises ValueError, one sentence, where a time or a zone makes no sense."""
    for text in wish.digest:
        _time(text)
    if wish.quiet:
        start, end = _span(wish.quiet)
        if start == end:
            raise ValueError(f"quiet hours {wish.quiet!r} never end")
    try:
        ZoneInfo(wish.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {wish.zone!r}; one is called like Europe/Lisbon") from error


def next_moment(wish: Subscription, now: int, sent_this_hour: int, *, gathered: bool = False) -> int:
    """Return when (ms) something that came at `now` may be sent: `now` itself, or the moment it is held back until.

    What was `gathered` for a digest does not wait for the next one.
    """
    moment = now
    if wish.digest and not gathered:
        moment = min(_next(time_, moment, wish.zone) for time_ in map(_time, wish.digest))
    elif wish.cap and sent_this_hour >= wish.cap:
        moment = (now // HOUR + 1) * HOUR
    if wish.quiet:
        start, end = _span(wish.quiet)
        clock = _local(moment, wish.zone).time()
        within = start <= clock < end if start < end else clock >= start or clock < end
        if within:
            moment = _next(end, moment, wish.zone)
    return max(moment, wish.muted_until) if wish.muted_until > now else moment


def _next(wanted: time, now: int, zone: str) -> int:
    """The next moment after `now` at which clocks there show this time."""
    local = _local(now, zone)
    day = local.date() + timedelta(days=local.time() >= wanted)
    found = datetime.combine(day, wanted, ZoneInfo(zone))
    return int(found.timestamp() * 1000)


def _local(moment: int, zone: str) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(zone))


def _span(text: str) -> tuple[time, time]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"quiet hours {text!r} are none: they are HH:MM-HH:MM")
    return _time(start.strip()), _time(end.strip())


def _time(text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of day: it is HH:MM")
    return time(int(found[1]), int(found[2]))
