"""Draws the dashboards anew from the series of a Prometheus, laid out as in Grafana: the pictures of the docs.

It stands in for screenshots where no Grafana can be run, reads the same JSON and asks the same questions.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from PIL import Image

from deploy.grafana.asking import Prometheus, Series, filled
from deploy.grafana.documents import FOLDER
from deploy.grafana.drawing import INK, QUIET, Mark, Panel, Times, draw, mark

__all__ = ["main"]

PICTURES = Path(__file__).parents[2] / "docs" / "dashboards"
WIDTH, HEAD, ROW, GAP = 1440, 56, 38, 8  # pixels: of the page, of its head, of a row of the grid, between panels
COLUMN = WIDTH / 24
SCALE = 100  # pixels an inch
COLOURS = 256  # of a picture: there are few, and it stays small


@click.command()
@click.option("--prometheus", default="http://127.0.0.1:9090", show_default=True, help="Whom to ask.")
@click.option("--minutes", default=20.0, show_default=True, help="How much time is shown.")
@click.option("--scrape", default=5.0, show_default=True, help="Seconds between its scrapes.")
@click.option("--to", "folder", default=PICTURES, type=click.Path(path_type=Path), help="The folder of the pictures.")
def main(prometheus: str, minutes: float, scrape: float, folder: Path) -> None:
    """Draw each dashboard as it is now."""
    end = time.time()
    times = Times(end - minutes * 60, end, scrape)
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(FOLDER.glob("*.json")):
        figure = _page(json.loads(path.read_text(encoding="utf-8")), Prometheus(prometheus), times)
        picture = folder / f"{path.stem}.png"
        figure.savefig(picture, dpi=SCALE)
        plt.close(figure)
        Image.open(picture).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def _page(dashboard: Mapping[str, Any], prometheus: Prometheus, times: Times) -> Figure:
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    height = HEAD + rows * ROW + GAP
    figure = plt.figure(figsize=(WIDTH / SCALE, height / SCALE), facecolor="#f4f5f5")
    figure.text(12 / WIDTH, 1 - 20 / height, dashboard["title"], fontsize=12, fontweight="bold", color=INK, va="center")
    figure.text(12 / WIDTH, 1 - 42 / height, dashboard["description"], fontsize=8.5, color=QUIET, va="center")
    marks = _marks(dashboard, prometheus, times)
    for panel in dashboard["panels"]:
        axes = _place(figure, height, Panel.of(panel), prometheus, times)
        if panel["type"] != "stat":
            mark(axes, marks)
    return figure


def _marks(dashboard: Mapping[str, Any], prometheus: Prometheus, times: Times) -> list[Mark]:
    """What the annotations mark: moments that are values, and times in which there was a value."""
    found = []
    for each in dashboard["annotations"]["list"]:
        expr = filled(each["expr"], shown="", step="", window="")
        for series in prometheus.over(expr, times.start, times.end, times.scrape):
            if each.get("useValueForTime"):
                found += [Mark(at / 1000, at / 1000, each["iconColor"]) for at in {value for _, value in series.points}]
            else:
                found.append(Mark(series.points[0][0], series.points[-1][0], each["iconColor"]))
    return [each for each in found if each.end >= times.start]


def _place(figure: Figure, height: float, panel: Panel, prometheus: Prometheus, times: Times) -> Axes:
    x, y, w, h = (panel.grid[key] for key in "xywh")
    left, top = x * COLUMN + GAP / 2, HEAD + y * ROW
    wide, high = w * COLUMN - GAP, h * ROW - GAP
    box = (left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height)
    shape = FancyBboxPatch(
        box[:2], box[2], box[3], boxstyle="square,pad=0", facecolor="white", edgecolor="#dcdfe3", linewidth=0.8,
        transform=figure.transFigure, zorder=-1,
    )  # fmt: skip
    figure.patches.append(shape)
    figure.text(
        (left + 9) / WIDTH, 1 - (top + 15) / height, panel.title, fontsize=9, fontweight="bold", color=INK, va="center"
    )
    inner: tuple[float, float, float, float] = (
        (left + 48) / WIDTH, 1 - (top + high - 50) / height, (wide - 62) / WIDTH, (high - 82) / height,
    )  # fmt: skip
    axes = figure.add_axes(inner if panel.kind != "stat" else (box[0], box[1], box[2], box[3] * 0.8))
    draw(axes, panel, _answers(panel, prometheus, times), times)
    return axes


def _answers(panel: Panel, prometheus: Prometheus, times: Times) -> list[tuple[str, Series]]:
    """Every series that says something, with its name."""
    start, step = times.of(panel)
    first = start + step if "interval" in panel.json else start  # a bar is of the time before it
    window = max(step + times.scrape, 4 * times.scrape)
    found = []
    for target in panel.targets:
        expr = filled(target["expr"], shown=f"{times.end - start:.0f}s", step=f"{step:.0f}s", window=f"{window:.0f}s")
        instant = target.get("instant")
        asked = prometheus.at(expr, times.end) if instant else prometheus.over(expr, first, times.end, step)
        found += [(each.name(target["legendFormat"]), each) for each in asked if each.says]
    return found


if __name__ == "__main__":
    main()
