"""The view of the system, for who has no Grafana: how far each stage is, what is wrong, and the last day in charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stream.ids import hashed
from stream.index.queries import count_items
from stream.index.rows import ALERTS, HOURS, Hour
from stream.index.search import MOMENT, moment_of, number_at
from stream.index.session import IndexRows
from stream.sqlite.database import Database
from stream.subscriptions.saved import read_subscriptions
from stream.units import DAY, HOUR
from stream.web.access import Caller, RequestRefused, Role
from stream.web.page.acting import Act, Form
from stream.web.page.charts import Chart, chart
from stream.web.page.dead_desk import DeadRow
from stream.web.page.query import number_of
from stream.web.page.wording import exact, plural
from stream.web.page.workbench import Workbench

__all__ = ["SystemActs", "system_view"]

HOURS_SHOWN = 24
POLLED_WELL = ("ok", "not_modified")
DECIDED = (("tagged", "of a theme"), ("unsure", "unsure"), ("none", "of none"))
_BY_HOUR = f"SELECT {MOMENT} / ?, count(*) FROM item NOT INDEXED WHERE number >= ? GROUP BY 1"
_ALERTS = """
SELECT number, value FROM alert NOT INDEXED JOIN row ON row.name = ? AND row.key = alert.id
WHERE number >= ? ORDER BY number DESC LIMIT 5000
"""


class _First(msgspec.Struct, frozen=True):
    at: int


class _Seen(msgspec.Struct, frozen=True):
    first_seen: int


class _Raised(msgspec.Struct, frozen=True):
    alert: _Seen
    course: tuple[_First, ...]


def system_view(bench: Workbench, index: Database, query: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    now = bench.clock()
    this_hour = now // HOUR
    hours = range(this_hour - HOURS_SHOWN + 1, this_hour + 1)
    begin = number_at(hours[0] * HOUR)
    items = dict(index.read(_BY_HOUR, (HOUR, begin)))
    counts = {hour: _hour(index, hour) for hour in hours}
    waits = _waits(index, begin)
    state = bench.state()
    return "system.html", {
        "state": state,
        "notes": _notes(bench, index, [counts[this_hour - 1], counts[this_hour]], now),
        "since": now - DAY,
        "charts": (
            ("Items an hour", "", chart([items.get(hour, 0) for hour in hours]), ""),
            ("Seconds from seen to alert, slowest in twenty", " s", chart([_slowest(waits.get(h)) for h in hours]), ""),
            _counted("Polls an hour", [counts[hour].polls for hour in hours], POLLED_WELL),
            _counted("Attempts to deliver an hour", [counts[hour].deliveries for hour in hours], ("delivered",)),
        ),
        "causes": _causes(state.dead),
        "requeued": number_of(query.get("requeued", "")),
    }


@dataclass(frozen=True)
class Cause:
    """Dead records of one stage that raised the same, the latest first."""

    stage: str
    error: str
    rows: Sequence[DeadRow]

    @property
    def key(self) -> str:
        """A name for it."""
        return hashed("cause", self.stage, self.error)

    @property
    def can(self) -> Sequence[DeadRow]:
        """Those that can be given back."""
        return [row for row in self.rows if not row.stays]


@dataclass(frozen=True)
class SystemActs:
    """What the forms of the view do."""

    bench: Workbench

    def acts(self) -> tuple[Act, ...]:
        """Each, and who may do it."""
        return (Act("/system/requeue", Role.OPERATOR, self.requeue),)

    def requeue(self, form: Form, _: Caller) -> str:
        """Has dead records tried again, one or all of a cause; returns where to go on."""
        rows = [row for cause in _causes(self.bench.dead.waiting()) if cause.key == form["cause"] for row in cause.rows]
        one = form.fields.get("origin", "")
        wanted = {(row.origin, row.stage) for row in rows if not one or row.origin == one}
        count = self.bench.dead.requeue(wanted) if wanted else 0
        if not count:
            raise RequestRefused(409, "None of these waits any more, or none can be tried again.")
        return f"/system?requeued={count}#dead"


def _causes(rows: Sequence[DeadRow]) -> list[Cause]:
    """What the same stage raised in the same words, most of it first."""
    by_cause: dict[tuple[str, str], list[DeadRow]] = {}
    for row in rows:
        by_cause.setdefault((row.stage, row.error), []).insert(0, row)
    return sorted((Cause(*key, own) for key, own in by_cause.items()), key=lambda cause: -len(cause.rows))


def _notes(bench: Workbench, index: Database, lately: Sequence[Hour], now: int) -> dict[str, list[str]]:
    """What each stage has done lately, in a few words; `lately` are the hours whose polls and deliveries are told."""
    feeds = index.read("SELECT count(*) FROM row WHERE name = 'feeds'")[0][0]
    raised = index.read("SELECT count(*) FROM alert NOT INDEXED WHERE number >= ?", (number_at(now - HOUR),))[0][0]
    judged = count_items(index, now - HOUR)
    polls, failed = _sums([hour.polls for hour in lately], POLLED_WELL)
    tried, not_sent = _sums([hour.deliveries for hour in lately], ("delivered",))
    begin = f"since {exact((now // HOUR - len(lately) + 1) * HOUR)[11:16]} UTC"
    return {
        "collect": [plural(feeds, "feed"), f"{plural(polls, 'poll')} {begin}, {failed:,} failed"],
        "tag": [f"{plural(sum(judged.values()), 'item')} in an hour"]
        + [f"{judged[name]:,} {word}" for name, word in DECIDED if judged.get(name)],
        "story": [f"{plural(raised, 'alert')} in an hour"],
        "match": [plural(len(read_subscriptions(bench.stream)), "subscription")],
        "deliver": [f"{tried - not_sent:,} delivered {begin}, {not_sent:,} failed"],
    }


def _counted(name: str, hours: Sequence[Mapping[str, int]], good: Sequence[str]) -> tuple[str, str, Chart, str]:
    """A chart of all, and of those whose outcome is none of the good ones."""
    wrong = [_sums([hour], good)[1] for hour in hours]
    failed = f"{sum(wrong):,} failed in the last day" if any(wrong) else ""
    return name, "", chart([sum(hour.values()) for hour in hours], wrong), failed


def _sums(counts: Sequence[Mapping[str, int]], good: Sequence[str]) -> tuple[int, int]:
    """How many there were, and how many of an outcome that is none of the good ones."""
    every = sum(sum(each.values()) for each in counts)
    return every, every - sum(each.get(outcome, 0) for each in counts for outcome in good)


def _hour(index: Database, hour: int) -> Hour:
    row = IndexRows(index).get(HOURS.name, str(hour))
    return HOURS.read(row) if row else Hour()


def _waits(index: Database, begin: int) -> dict[int, list[float]]:
    """By hour, how long (s) each alert took from its first sight."""
    waits: dict[int, list[float]] = {}
    for number, value in index.read(_ALERTS, (ALERTS.name, begin)):
        doc = msgspec.json.decode(value, type=_Raised)
        waits.setdefault(moment_of(number) // HOUR, []).append((doc.course[0].at - doc.alert.first_seen) / 1000)
    return waits


def _slowest(waits: list[float] | None) -> float | None:
    return sorted(waits)[int(len(waits) * 0.95) if len(waits) > 1 else 0] if waits else None
