"""The kinds of panels, with one look: a tile that answers, lines, bars that count, and a map of how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import common as shared
from grafana_foundation_sdk.builders import dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import DashboardSpecialValueMapOptions as SpecialValue
from grafana_foundation_sdk.models.dashboard import (
    DynamicConfigValue,
    FieldColorModeId,
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

__all__ = [
    "BAD", "BLAND", "FACT", "GOOD", "PROMETHEUS", "WARN",
    "About", "Ask", "Panel", "Steps", "bars", "falling", "heat", "lines", "rising", "tile",
]  # fmt: skip

PROMETHEUS = common.DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD, WARN, BAD = "green", "yellow", "red"  # well; look at it; do something
FACT, BLAND = "blue", "#8e8e8e"  # a fact that is neither; what is of no account

Panel = stat.Panel | timeseries.Panel | heatmap.Panel
Kind = TypeVar("Kind", stat.Panel, timeseries.Panel, heatmap.Panel)
Steps = Sequence[tuple[float | None, str]]


@dataclass(frozen=True)
class About:
    """What every panel says of itself: a title, what it tells, its unit, and the page that says what to do."""

    title: str
    text: str
    unit: str
    runbook: str


@dataclass(frozen=True)
class Ask:
    """One question to Prometheus, and how its answers are named."""

    expr: str
    legend: str = ""


def rising(warn: float, bad: float) -> Steps:
    """The more the worse, from these values on."""
    return ((None, GOOD), (warn, WARN), (bad, BAD))


def falling(good: float, warn: float) -> Steps:
    """The less the worse: good and fair from these values on."""
    return ((None, BAD), (warn, WARN), (good, GOOD))


def tile(
    about: About,
    *asks: Ask,
    steps: Steps = ((None, FACT),),
    words: Mapping[str, str] | None = None,
    empty: str = "none",
) -> stat.Panel:
    """A figure of the whole time shown; `words` say what some values mean, `empty` what no answer means."""
    text = common.BigValueTextMode.AUTO if len(asks) != 1 or not asks[0].legend else common.BigValueTextMode.NAME
    panel = _dressed(stat.Panel(), about, asks, instant=True, steps=steps)
    if about.unit == "short":
        panel.decimals(0)  # what Prometheus extrapolates is not whole, and what is counted is
    return (
        panel.color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .text_mode(text)
        .reduce_options(shared.ReduceDataOptions().calcs(["lastNotNull"]))
        .mappings(_mappings(words or {}, empty))
        .no_value(empty)
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    )


def lines(about: About, *asks: Ask, steps: Steps = (), colours: Mapping[str, str] | None = None) -> timeseries.Panel:
    """How something goes; where there are `steps`, their lines are drawn too."""
    style = common.GraphThresholdsStyleMode.DASHED if steps else common.GraphThresholdsStyleMode.OFF
    panel = _drawn(_dressed(timeseries.Panel(), about, asks, steps=steps or ((None, FACT),)), colours or {})
    return (
        panel.draw_style(common.GraphDrawStyle.LINE)
        .line_width(2)
        .span_nulls(True)
        .thresholds_style(shared.GraphThresholdsStyleConfig().mode(style))
    )


def bars(
    about: About, *asks: Ask, colours: Mapping[str, str] | None = None, step: str = "2m", stacked: bool = True
) -> timeseries.Panel:
    """How many there were, bar by bar; a bar is as long as `step` or longer."""
    mode = common.StackingMode.NORMAL if stacked else common.StackingMode.NONE
    panel = _drawn(_dressed(timeseries.Panel(), about, asks, steps=((None, FACT),)), colours or {})
    return (
        panel.draw_style(common.GraphDrawStyle.BARS)
        .fill_opacity(80)
        .line_width(0)
        .bar_alignment(common.BarAlignment.BEFORE)
        .stacking(shared.StackingConfig().mode(mode).group("A"))
        .interval(step)
    )


def heat(about: About, ask: Ask, step: str = "2m") -> heatmap.Panel:
    """How often each bucket of a histogram was met, over time; the unit is that of the buckets."""
    query = _query(0, ask).format(PromQueryFormat.HEATMAP).legend_format("{{le}}")
    colour = heatmap.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Blues").steps(32)
    panel = _told(heatmap.Panel(), about).with_target(query)
    return (
        panel.calculate(False).color(colour).y_axis(heatmap.YAxisConfig().unit(about.unit)).hide_legend().interval(step)
    )


def _told(panel: Kind, about: About) -> Kind:
    link = dashboard.DashboardLink("What to do").url(f"${{runbooks}}/{about.runbook}.md").target_blank(True)
    return panel.title(about.title).description(about.text).unit(about.unit).datasource(PROMETHEUS).links([link])


def _dressed(panel: Kind, about: About, asks: Sequence[Ask], steps: Steps, instant: bool = False) -> Kind:
    _told(panel, about)
    for number, ask in enumerate(asks):
        query = _query(number, ask)
        panel.with_target(query.instant() if instant else query.range())
    limits = [Threshold(value=value, color=colour) for value, colour in steps]
    return panel.thresholds(dashboard.ThresholdsConfig().steps(limits))


def _query(number: int, ask: Ask) -> prometheus.Dataquery:
    query = (
        prometheus.Dataquery().datasource(PROMETHEUS).ref_id(chr(ord("A") + number)).editor_mode(QueryEditorMode.CODE)
    )
    return query.expr(ask.expr).legend_format(ask.legend or "__auto")


def _drawn(panel: timeseries.Panel, colours: Mapping[str, str]) -> timeseries.Panel:
    """What lines and bars share: a series keeps its colour wherever it is shown."""
    for name, colour in colours.items():
        fixed = DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})
        panel.override_by_regexp(f"/^{name}$/", [fixed])
    legend = shared.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST).show_legend(True)
    tooltip = shared.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)
    return (
        panel.legend(legend.placement(common.LegendPlacement.BOTTOM))
        .tooltip(tooltip)
        .color_scheme(dashboard.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .show_points(common.VisibilityMode.AUTO)
        .min(0)
    )


def _mappings(words: Mapping[str, str], empty: str) -> list[ValueMapping]:
    said = ValueMap({value: ValueMappingResult(text=word, index=n) for n, (value, word) in enumerate(words.items())})
    nothing = ValueMappingResult(text=empty, color=BLAND, index=len(words))
    none = SpecialValueMap(SpecialValue(match=SpecialValueMatch.NULL_AND_NAN, result=nothing))
    return [said, none] if words else [none]
