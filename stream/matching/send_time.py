"""When a subscription may be sent something: digests, quiet hours and a cap an hour, in its own time zone."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stream.errors import InvalidField, of_field
from stream.records import Subscription
from stream.units import HOUR, utc

__all__ = ["check_hours", "next_moment"]

MORNING = "08:00"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def check_hours(subscription: Subscription) -> None:
    """Raises `InvalidField` where a time or a zone makes no sense."""
    with of_field("digest"):
        for text in subscription.digest:
            _time(text)
    if subscription.quiet:
        with of_field("quiet"):
            start, end = _span(subscription.quiet)
            if start == end:
                raise ValueError(f"quiet hours {subscription.quiet!r} never end")
    try:
        ZoneInfo(subscription.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        sentence = f"there is no time zone {subscription.zone!r}; one is called like Europe/Lisbon"
        raise InvalidField(sentence, "zone") from error


def next_moment(
    subscription: Subscription, now: int, sent_this_hour: int, *, gathered: bool = False, folded: bool = False
) -> int:
    """Return when (ms) something that came at `now` may be sent: `now` itself, or the moment it is held back until.

    What is `folded` waits for a digest also where the subscription has none else: that of the next morning. What was
    `gathered` for a digest does not wait for the next one. Where clocks are set back, a digest comes the first time
    that they show its time; where they are set forward past it, when they are.
    """
    moment = now
    digest = subscription.digest or ((MORNING,) if folded else ())
    if digest and not gathered:
        moment = min(_next(time_, moment, subscription.zone) for time_ in map(_time, digest))
    elif subscription.cap and sent_this_hour >= subscription.cap:
        moment = (now // HOUR + 1) * HOUR
    if subscription.quiet:
        moment = _after_quiet(_span(subscription.quiet), moment, subscription.zone)
    return max(moment, subscription.muted_until) if subscription.muted_until > now else moment


def _after_quiet(quiet: tuple[time, time], moment: int, zone: str) -> int:
    """This moment, or the end of the quiet hours that it is in, by what clocks show: an hour that is repeated is quiet
    twice."""
    start, end = quiet
    while True:
        clock = _local(moment, zone).time()
        if not (start <= clock < end if start < end else clock >= start or clock < end):
            return moment
        moment = _next(end, moment, zone, repeated=True)


def _next(wanted: time, now: int, zone: str, *, repeated: bool = False) -> int:
    """The first moment after `now` at which clocks there come to show this time, or are set past it.

    On a day on which they show it twice it is the first time, or with `repeated` either.
    """
    day = _local(now, zone).date() - timedelta(days=1)  # of yesterday, where a clock is set forward over midnight
    while True:
        for moment in _shown(datetime.combine(day, wanted, ZoneInfo(zone)), repeated):
            if moment > now:
                return moment
        day += timedelta(days=1)


def _shown(local: datetime, repeated: bool) -> list[int]:
    """The moments at which clocks show a local time; where it is skipped, the one at which they are set past it."""
    early, late = (int(local.replace(fold=fold).timestamp() * 1000) for fold in (0, 1))
    if early > late:  # skipped (PEP 495): one offset is that of before, the other that of after
        return [_set_past(local, late, early)]
    return [early, late] if repeated else [early]


def _set_past(local: datetime, before: int, after: int) -> int:
    """The moment between two others at which clocks are set past a local time, to the second."""
    zone = local.tzinfo
    while after - before > 1000:
        middle = (before + after) // 2000 * 1000
        if datetime.fromtimestamp(middle / 1000, zone).replace(tzinfo=None) < local.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after


def _local(moment: int, zone: str) -> datetime:
    return utc(moment).astimezone(ZoneInfo(zone))


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
