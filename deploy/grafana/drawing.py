"""How a panel is drawn: a figure, lines, bars or a map, with the units and colours that its JSON names."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from deploy.grafana.asking import Series
from deploy.grafana.units import said
from stream.units import DAY_SECONDS

__all__ = ["INK", "QUIET", "Mark", "Panel", "Times", "draw", "mark"]

INK, QUIET, GRID = "#24292e", "#6e7680", "#e9ecef"
NAMED = {
    "green": "#56a64b", "light-green": "#96d98d", "yellow": "#e0a800", "red": "#e02f44", "dark-red": "#ad0317",
    "blue": "#3274d9", "light-blue": "#8ab8ff", "dark-blue": "#1f60c4", "purple": "#8f3bb8", "orange": "#e07b39",
}  # fmt: skip
PALETTE = ("#37872d", "#3274d9", "#e07b39", "#8f3bb8", "#37a2a8", "#c4a000", "#e06fa4", "#5f6b7a", "#7c5b3a", "#1f5f8b")
CLOCK = (
    15,
    30,
    60,
    120,
    300,
    600,
    1800,
    3600,
    7200,
    21_600,
    DAY_SECONDS,
    7 * DAY_SECONDS,
    21 * DAY_SECONDS,
)  # steps of an axis in seconds
BARS = 60  # at most so many in a panel
Answers = Sequence[tuple[str, Series]]


@dataclass(frozen=True)
class Panel:
    """What of a panel's JSON is drawn."""

    title: str
    kind: str
    grid: Mapping[str, int]
    targets: Sequence[Mapping[str, Any]]
    field: Mapping[str, Any]
    overrides: Mapping[str, str]
    json: Mapping[str, Any]

    @staticmethod
    def of(panel: Mapping[str, Any]) -> "Panel":
        """Read it from the JSON of the panel."""
        config = panel["fieldConfig"]
        fixed = {
            each["matcher"]["options"]: each["properties"][0]["value"]["fixedColor"] for each in config["overrides"]
        }
        return Panel(
            panel["title"], panel["type"], panel["gridPos"], panel["targets"], config["defaults"], fixed, panel
        )

    @property
    def unit(self) -> str:
        """The unit's id, as Grafana has it."""
        return str(self.field["unit"])

    @property
    def steps(self) -> list[tuple[float, str]]:
        """Thresholds from the least on, each with its colour."""
        found = self.field.get("thresholds", {}).get("steps", [])
        return [(_limit(each["value"]), NAMED.get(each["color"], each["color"])) for each in found]

    def colour(self, value: float) -> str:
        """The colour of the highest step that the value has reached."""
        return [colour for limit, colour in self.steps if value >= limit][-1]


@dataclass(frozen=True)
class Times:
    """From when to when is shown, in seconds, and how often was scraped."""

    start: float
    end: float
    scrape: float

    def of(self, panel: Panel) -> tuple[float, float]:
        """When a panel begins, and its step: at least its own, and no more than sixty bars."""
        start = self.end - _seconds(panel.json["timeFrom"]) if panel.json.get("timeFrom") else self.start
        least = _seconds(panel.json.get("interval") or f"{self.scrape:.0f}s")
        return start, max(least, (self.end - start) / (BARS if "interval" in panel.json else 300))


@dataclass(frozen=True)
class Mark:
    """A moment, or a time with an end, that is marked on every panel; in seconds."""

    start: float
    end: float
    colour: str


def _limit(value: float | None) -> float:
    return -math.inf if value is None else value


def _seconds(text: str) -> float:
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": DAY_SECONDS, "w": 7 * DAY_SECONDS}[text[-1]]


def draw(axes: Axes, panel: Panel, answers: Answers, times: Times) -> None:
    """Draw what was answered; a panel without an answer says so."""
    if panel.kind == "stat":
        _figure(axes, panel, answers)
    elif not answers:
        axes.axis("off")
        axes.text(0.5, 0.5, "no data", ha="center", va="center", fontsize=9, color=QUIET, transform=axes.transAxes)
    elif panel.kind == "heatmap":
        _heat(axes, answers)
        _time(axes, times.of(panel)[0], times.end)
    else:
        start, step = times.of(panel)
        custom, colours = panel.field["custom"], _colours(panel, answers)
        if custom["drawStyle"] == "bars":
            _bars(axes, answers, colours, step, stacked=custom["stacking"]["mode"] == "normal")
        else:
            _lines(axes, panel, answers, colours)
        _scale(axes, panel)
        _legend(axes, colours)
        _time(axes, start, times.end)


def mark(axes: Axes, marks: Sequence[Mark]) -> None:
    """Draw each as Grafana does: a dashed line, and what lies between two."""
    for each in marks if axes.axison else ():
        colour = NAMED.get(each.colour, each.colour)
        axes.axvspan(each.start, each.end, color=colour, alpha=0.08, linewidth=0)
        for at in {each.start, each.end}:
            axes.axvline(at, color=colour, linewidth=0.8, linestyle=(0, (2, 2)))


def _figure(axes: Axes, panel: Panel, answers: Answers) -> None:
    axes.axis("off")
    mappings = panel.field["mappings"]
    words = {key: each["text"] for m in mappings if m["type"] == "value" for key, each in m["options"].items()}
    if not answers:
        text, colour = str(panel.field["noValue"]), QUIET
    else:
        name, series = answers[0]
        value = series.points[-1][1]
        text = words.get(f"{value:g}", f"{value:.0f}" if panel.field.get("decimals") == 0 else said(value, panel.unit))
        text = name if panel.json["options"]["textMode"] == "name" else text
        colour = panel.colour(value)
    size = min(24.0, 24 * 11 / len(text))
    axes.text(0.5, 0.48, text, fontsize=size, color=colour, ha="center", va="center", transform=axes.transAxes)


def _colours(panel: Panel, answers: Answers) -> dict[str, str]:
    """As its overrides say; else by the order of the names, so that the same names look the same in each panel."""
    found = {name: "" for name, _ in answers}
    for number, name in enumerate(sorted(found)):
        own = [c for pattern, c in panel.overrides.items() if re.fullmatch(pattern.strip("/").strip("^$"), name)]
        found[name] = NAMED.get(own[0], own[0]) if own else PALETTE[number % len(PALETTE)]
    return found


def _lines(axes: Axes, panel: Panel, answers: Answers, colours: Mapping[str, str]) -> None:
    for name, series in answers:
        points = np.array([(time, value) for time, value in series.points if not math.isnan(value)])
        mark = "o" if len(points) < 4 else "None"
        axes.plot(points[:, 0], points[:, 1], marker=mark, ms=3, lw=1.4, color=colours[name])
    top = max(value for _, series in answers for _, value in series.points if not math.isnan(value))
    for limit, colour in panel.steps[1:] if panel.field["custom"]["thresholdsStyle"]["mode"] != "off" else ():
        if limit <= max(top * 3, 1e-9):  # a limit far away would flatten the lines
            axes.axhline(limit, color=colour, linewidth=0.9, linestyle=(0, (4, 3)))


def _bars(axes: Axes, answers: Answers, colours: Mapping[str, str], step: float, stacked: bool) -> None:
    below: dict[float, float] = {}
    wide = step * 0.85 / (1 if stacked else len(answers))
    for number, (name, series) in enumerate(answers):
        points = [(time, value) for time, value in series.points if not math.isnan(value)]
        times = [time - step / 2 + (0 if stacked else (number - (len(answers) - 1) / 2) * wide) for time, _ in points]
        base = [below.get(time, 0.0) if stacked else 0.0 for time, _ in points]
        axes.bar(times, [value for _, value in points], wide, base, color=colours[name])
        below.update({time: below.get(time, 0.0) + value for time, value in points})


def _heat(axes: Axes, answers: Answers) -> None:
    """Buckets are cumulative: what is drawn is what each adds to the one below."""
    rows = sorted(answers, key=lambda each: float(each[1].labels["le"]))
    times = [time for time, _ in rows[0][1].points]
    counts = np.diff(np.nan_to_num([[v for _, v in series.points] for _, series in rows]), axis=0, prepend=0)
    shown = np.ma.masked_less(counts, 0.01)
    edges = [times[0] - (times[1] - times[0] if len(times) > 1 else 1), *times]  # a value is of the time before it
    axes.pcolormesh(edges, range(len(rows) + 1), shown, cmap="Blues", vmin=-counts.max() / 4 - 0.1, edgecolors="white")
    axes.set_yticks([n + 0.5 for n in range(len(rows))], [name for name, _ in rows], fontsize=6.5)
    _plain(axes)
    axes.grid(visible=False)


def _scale(axes: Axes, panel: Panel) -> None:
    top = axes.get_ylim()[1] if axes.dataLim.y1 > 0 else 1.0
    axes.set_ylim(min(0.0, axes.dataLim.y0), panel.field.get("max") or top * 1.05)
    if panel.unit in ("bytes", "Bps"):
        axes.yaxis.set_major_locator(MultipleLocator(2 ** round(math.log2(top / 4))))
    elif panel.unit == "s" and top > 60:
        axes.yaxis.set_major_locator(_clock(top / 4))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10], integer=panel.unit == "short"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: said(value, panel.unit)))
    _plain(axes)


def _clock(step: float) -> MultipleLocator:
    return MultipleLocator(min(CLOCK, key=lambda each: abs(each - step)))


def _legend(axes: Axes, colours: Mapping[str, str]) -> None:
    """Under the axes, in as many lines as it takes; a letter is about five pixels wide."""
    x, y, right = -36.0, -29.0, axes.get_window_extent().width
    for name, colour in colours.items():
        wide = 18 + 5.2 * len(name)
        if x + wide > right + 10:
            x, y = -36.0, y - 14
        axes.annotate("■", (x, y), xycoords="axes pixels", fontsize=8, color=colour, va="center")
        axes.annotate(name, (x + 11, y), xycoords="axes pixels", fontsize=7, color=INK, va="center")
        x += wide + 6


def _plain(axes: Axes) -> None:
    axes.tick_params(labelsize=7, length=0, colors=QUIET)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _time(axes: Axes, start: float, end: float) -> None:
    axes.set_xlim(start, end)
    form = "%H:%M" if end - start < 2 * DAY_SECONDS else "%d %b"
    axes.xaxis.set_major_locator(_clock(max(60, (end - start) / 4)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: datetime.fromtimestamp(at, UTC).strftime(form)))
