"""What the index knows beside its items: each alert with its course, and how busy each feed has been."""

import msgspec

from stream.engine.tables import Table
from stream.records import Alert, Delivery, Poll
from stream.units import DAY

__all__ = [
    "ACTIVITY",
    "ALERTS",
    "DELIVERIES",
    "HOURS",
    "Activity",
    "AlertDoc",
    "Day",
    "Hour",
    "Moment",
    "PollNote",
    "attempted",
    "counted",
    "polled",
    "raised",
    "seen",
]

DAYS_KEPT = 30
POLLS_KEPT = 24
MOMENTS_KEPT = 50
DELIVERIES_KEPT = 50


class Moment(msgspec.Struct, frozen=True):
    """One record of an alert: `sources` are those that it brought, `copies` how many of these repeat another's text."""

    seq: int
    kind: str
    at: int
    sources: tuple[str, ...]
    copies: int = 0


class AlertDoc(msgspec.Struct, frozen=True):
    """The last record of an alert, and its course from the first one on."""

    alert: Alert
    course: tuple[Moment, ...]


class Day(msgspec.Struct, frozen=True):
    """What came of a feed on one day."""

    items: int = 0
    tagged: int = 0


class PollNote(msgspec.Struct, frozen=True):
    """How one poll ended, with its sentence where it failed."""

    at: int
    outcome: str
    new: int
    seconds: float
    message: str = ""


class Activity(msgspec.Struct, frozen=True):
    """A feed's last polls, the newest first, and its items by day (days since 1970, UTC)."""

    polls: tuple[PollNote, ...] = ()
    days: dict[int, Day] = {}


class Hour(msgspec.Struct, frozen=True):
    """How many polls and attempts to deliver there were in one hour, by outcome."""

    polls: dict[str, int] = {}
    deliveries: dict[str, int] = {}


ALERTS = Table("alerts", AlertDoc)
DELIVERIES = Table("deliveries", tuple[Delivery, ...])
ACTIVITY = Table("activity", Activity)
HOURS = Table("hours", Hour)  # by hours since 1970, UTC


def raised(doc: AlertDoc | None, alert: Alert) -> AlertDoc:
    """Return the alert with one more record in its course; of a long course the first and the latest are kept."""
    course = doc.course if doc else ()
    known = {source.item for source in doc.alert.sources} if doc else set()
    added = [source for source in alert.sources if source.item not in known]
    moment = Moment(
        alert.seq,
        alert.kind,
        alert.alerted_at,
        tuple(dict.fromkeys(source.name for source in added)),
        sum(bool(source.copy_of) for source in added),
    )
    course = (*course, moment)
    return AlertDoc(alert, (*course[:1], *course[1:][-MOMENTS_KEPT + 1 :]))


def polled(activity: Activity | None, poll: Poll) -> Activity:
    """Return the activity of a feed after one more poll."""
    activity = activity or Activity()
    note = PollNote(poll.at, poll.outcome, poll.new, poll.seconds, poll.error.message if poll.error else "")
    return msgspec.structs.replace(activity, polls=(note, *activity.polls)[:POLLS_KEPT])


def seen(activity: Activity | None, at: int, tagged: bool) -> Activity:
    """Return the activity of a feed after one more item, first seen `at` (ms)."""
    activity = activity or Activity()
    day = activity.days.get(at // DAY, Day())
    days = {**activity.days, at // DAY: Day(day.items + 1, day.tagged + tagged)}
    newest = max(days)
    return msgspec.structs.replace(
        activity, days={each: days[each] for each in sorted(days) if each > newest - DAYS_KEPT}
    )


def attempted(deliveries: tuple[Delivery, ...] | None, delivery: Delivery) -> tuple[Delivery, ...]:
    """Return a subscription's last deliveries after one more attempt, the newest first: of each its last attempt."""
    others = (each for each in deliveries or () if each.delivery != delivery.delivery)
    return (delivery, *others)[:DELIVERIES_KEPT]


def counted(hour: Hour | None, poll: str = "", delivery: str = "") -> Hour:
    """Return an hour after one more poll or attempt to deliver of this outcome."""
    hour = hour or Hour()
    polls, deliveries = dict(hour.polls), dict(hour.deliveries)
    for counts, outcome in ((polls, poll), (deliveries, delivery)):
        if outcome:
            counts[outcome] = counts.get(outcome, 0) + 1
    return Hour(polls, deliveries)
