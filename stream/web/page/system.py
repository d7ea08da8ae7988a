"""The view of the system, for who has no Grafana: how far each stage is, what is wrong, and the last day in charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from stream.index.rows import ALERTS
from stream.index.search import MOMENT, moment_of, number_at
from stream.sqlite.database import Database
from stream.units import DAY, HOUR
from stream.web.page.workbench import Workbench

__all__ = ["Chart", "chart", "system_view"]

HOURS = 24
WIDTH, HEIGHT = 526, 110
_BY_HOUR = f"SELECT {MOMENT} / ?, count(*) FROM item NOT INDEXED WHERE number >= ? GROUP BY 1"
_ALERTS = """
SELECT number, value FROM alert NOT INDEXED JOIN row ON row.name = ? AND row.key = alert.id
WHERE number >= ? ORDER BY number DESC LIMIT 5000
"""


@dataclass(frozen=True)
class Chart:
    """A line through values, as an SVG draws it; `line` is empty where there is none."""

    line: str
    most: float
    last: float


class _First(msgspec.Struct, frozen=True):
    at: int


class _Seen(msgspec.Struct, frozen=True):
    first_seen: int


class _Raised(msgspec.Struct, frozen=True):
    alert: _Seen
    course: tuple[_First, ...]


def system_view(bench: Workbench, index: Database, _: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the template and what is in it."""
    now = bench.clock()
    this_hour = now // HOUR
    hours = range(this_hour - HOURS + 1, this_hour + 1)
    begin = number_at(hours[0] * HOUR)
    items = dict(index.read(_BY_HOUR, (HOUR, begin)))
    waits: dict[int, list[float]] = {}
    for number, value in index.read(_ALERTS, (ALERTS.name, begin)):
        doc = msgspec.json.decode(value, type=_Raised)
        waits.setdefault(moment_of(number) // HOUR, []).append((doc.course[0].at - doc.alert.first_seen) / 1000)
    return "system.html", {
        "state": bench.state(),
        "since": now - DAY,
        "charts": (
            ("Items an hour", "", chart([items.get(hour, 0) for hour in hours])),
            ("Seconds from seen to alert, slowest in twenty", " s", chart([_slowest(waits.get(h)) for h in hours])),
        ),
    }


def chart(values: Sequence[float | None]) -> Chart:
    """Return the line through these values, in equal steps from left to right; None is a gap."""
    known = [value for value in values if value is not None]
    most = max(known, default=0) or 1
    step = WIDTH / max(len(values) - 1, 1)
    parts, pen = [], "M"
    for n, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{n * step:.1f} {HEIGHT - HEIGHT * value / most:.1f}")
        pen = "L"
    return Chart(" ".join(parts), max(known, default=0), known[-1] if known else 0)


def _slowest(waits: list[float] | None) -> float | None:
    return sorted(waits)[int(len(waits) * 0.95) if len(waits) > 1 else 0] if waits else None
