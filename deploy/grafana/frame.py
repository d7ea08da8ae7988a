"""What all dashboards share: whom they ask, what may be chosen, what is marked in time, and the grid."""

from collections.abc import Sequence
from itertools import count

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.grafana.panels import BAD, BLAND, FACT, PROMETHEUS, Panel
from deploy.grafana.promql import THEME, of

__all__ = ["RUNBOOKS", "TILE", "framed"]

RUNBOOKS = (
    "https://example.org/themewire/docs/runbooks"  # a constant of each dashboard: set it to where yours are served
)
TILE, GRAPH = 4, 8  # heights on the grid: a row of tiles and two of graphs fill the first screen at 1440 x 900
COLUMNS = 24


def framed(uid: str, title: str, about: str, tiles: Sequence[Panel], *graphs: Sequence[Panel]) -> dashboard.Dashboard:
    """Lay out a row of tiles and rows of graphs under them, each row from left to right the way of an item."""
    made = (
        dashboard.Dashboard(f"themewire: {title}")
        .uid(f"themewire-{uid}")
        .description(about)
        .tags(["themewire"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink("themewire")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["themewire"])
            .include_vars(True)
            .keep_time(True)
        )
    )
    _annotations(made)
    number = count(1)
    for row, height in [(tiles, TILE), *((graph, GRAPH) for graph in graphs)]:
        for panel in row:
            made.with_panel(panel.id(next(number)).height(height).span(COLUMNS // len(row)))
    _variables(made, by_theme=any(_of_theme(panel) for row in (tiles, *graphs) for panel in row))
    return made


def _of_theme(panel: Panel) -> bool:
    """Whether it asks about the chosen themes: where no panel does, none can be chosen."""
    return any(THEME in getattr(target, "expr", "") for target in panel.build().targets or ())


def _variables(made: dashboard.Dashboard, by_theme: bool) -> None:
    made.with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    made.with_variable(_choice("instance", "label_values(themewire_build_info, instance)"))
    if by_theme:
        made.with_variable(_choice("theme", "label_values(themewire_item_themes_total, theme)"))
    made.with_variable(dashboard.ConstantVariable("runbooks").label("Runbooks").value(RUNBOOKS))


def _choice(name: str, query: str) -> dashboard.QueryVariable:
    """All of them at first, and then any of them; `.*` also holds those that are not there yet."""
    return (
        dashboard.QueryVariable(name)
        .label(name.title())
        .datasource(PROMETHEUS)
        .query({"query": query, "refId": name})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(selected=True, text="All", value="$__all"))
        .hide(VariableHide.DONT_HIDE)
    )


def _annotations(made: dashboard.Dashboard) -> None:
    """A promotion and a start say by their value when they were; an alert is marked for as long as it fires."""
    promoted = f"{of('model_promoted_timestamp_seconds')} * on (instance) group_left (model) {of('model_info')} * 1000"
    started = 'process_start_time_seconds{instance=~"$instance"} * 1000'
    firing = 'ALERTS{alertstate="firing", alertname=~"Themewire.*"}'
    made.annotation(_mark("Promotions", FACT, promoted, "{{model}} serves").use_value_for_time(True))
    made.annotation(_mark("Restarts", BLAND, started, "{{instance}} started").use_value_for_time(True))
    made.annotation(_mark("Firing", BAD, firing, "{{alertname}}"))


def _mark(name: str, colour: str, expr: str, text: str) -> dashboard.AnnotationQuery:
    mark = dashboard.AnnotationQuery().name(name).datasource(PROMETHEUS).enable(True).icon_color(colour)
    return mark.expr(expr).title_format(name).text_format(text).step("15s")
