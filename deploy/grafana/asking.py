"""What dashboards ask, with their variables filled in, and what a Prometheus answers: for tests and for pictures."""

import json
import math
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Prometheus", "Question", "Series", "annotations", "filled", "questions"]

LABEL_VALUES = re.compile(r"label_values\((?P<metric>\w+), (?P<label>\w+)\)")
TIMEOUT = 20.0


@dataclass(frozen=True)
class Question:
    """One expression of a dashboard, by the title of what asks it."""

    title: str
    legend: str
    expr: str
    instant: bool


@dataclass(frozen=True)
class Series:
    """One series: its labels, and its points as (seconds, value)."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]

    @property
    def says(self) -> bool:
        """Whether it has a number at all."""
        return any(not math.isnan(value) for _, value in self.points)

    def name(self, legend: str) -> str:
        """Its name by a legend such as `{{theme}}`."""
        if legend in ("", "__auto"):
            return ", ".join(value for key, value in self.labels.items() if key != "__name__") or "value"
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self.labels.get(found[1], ""), legend)


class Prometheus:
    """The HTTP API of a Prometheus at a URL; an answer that is none raises."""

    def __init__(self, url: str) -> None:
        self._url = url

    def at(self, expr: str, time: float | None = None) -> list[Series]:
        """The answer at one moment."""
        moment = {} if time is None else {"time": f"{time:.3f}"}
        found = self._ask("query", {"query": expr, **moment})["result"]
        return [Series(each["metric"], _points([each["value"]])) for each in found]

    def over(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """The answer from start to end, all in seconds."""
        asked = {"query": expr, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return [Series(each["metric"], _points(each["values"])) for each in self._ask("query_range", asked)["result"]]

    def _ask(self, path: str, asked: Mapping[str, str]) -> dict[str, Any]:
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
        return data


def _points(pairs: list[tuple[float, str]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(time), float(value)) for time, value in pairs)


def filled(expr: str, *, shown: str, step: str, window: str) -> str:
    """The expression as Grafana sends it, with everything chosen: the time shown, a bar's length, a rate's window."""
    values = {"__range": shown, "__interval": step, "__rate_interval": window, "instance": ".*", "theme": ".*"}
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expr)


def questions(dashboard: Mapping[str, Any]) -> Iterator[Question]:
    """Every expression of its panels, and one for the values of each variable."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            instant = bool(target.get("instant"))
            yield Question(panel["title"], target["legendFormat"], target["expr"], instant)
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query" and (found := LABEL_VALUES.fullmatch(variable["query"]["query"])):
            yield Question(variable["label"], "", f"count by ({found['label']}) ({found['metric']})", True)


def annotations(dashboard: Mapping[str, Any]) -> Iterator[Question]:
    """What marks moments on its panels."""
    for each in dashboard["annotations"]["list"]:
        yield Question(each["name"], each["textFormat"], each["expr"], False)
