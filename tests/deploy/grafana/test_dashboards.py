"""What every dashboard and panel promises, read from the JSON that Grafana is given."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.docs.generate import pages
from deploy.grafana.asking import annotations, questions
from deploy.grafana.documents import FOLDER, documents

ROOT = FOLDER.parents[2]
SCREEN = 900 - 80 - 52  # pixels at 1440 x 900 under Grafana's bars and the row of variables
ROW, GAP = 30, 8  # of the grid: a row's height, and what is between two

DASHBOARDS = {name: json.loads(text) for name, text in documents().items()}
EACH = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def test_what_is_committed_is_what_the_code_says():
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == documents()


@EACH
def test_the_models_of_the_sdk_read_all_of_it(dashboard):
    register_default_plugins()
    read = Dashboard.from_json(dashboard)
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == dashboard


@EACH
def test_all_of_it_is_on_the_first_screen(dashboard):
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    assert bottom * (ROW + GAP) - GAP <= SCREEN
    assert len(dashboard["panels"]) <= 14


@EACH
def test_panels_fill_the_rows_and_do_not_overlap(dashboard):
    cells = Counter(
        (x, y)
        for panel in dashboard["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    )
    assert set(cells.values()) == {1}
    assert len(cells) % 24 == 0
    assert max(x for x, _ in cells) == 23


@EACH
def test_it_can_be_narrowed_and_is_marked(dashboard):
    assert [each.title for each in annotations(dashboard)] == ["Promotions", "Restarts", "Firing"]
    asked = " ".join(each.expr for each in [*questions(dashboard), *annotations(dashboard)])
    choices = [each["name"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    assert set(choices) == {"instance", "theme"} & {name[1:] for name in re.findall(r"\$[a-z]\w+", asked)}
    assert "instance" in choices


def test_themes_can_be_chosen_wherever_something_is_told_by_theme():
    choice = "label_values(themewire_item_themes_total, theme)"
    having = {name for name, each in DASHBOARDS.items() if choice in str(each["templating"])}
    assert having == {f"themewire-{name}.json" for name in ("overview", "classifying", "alerts")}


@EACH
def test_every_panel_says_what_it_is(dashboard):
    for panel in dashboard["panels"]:
        title = panel["title"]
        assert title.endswith("?") or len(title.split()) <= 3, title
        assert len(title) * 7.5 <= panel["gridPos"]["w"] * 60 - 30, f"{title} is cut off"
        assert len(panel["description"].split()) >= 4, title
        assert panel["fieldConfig"]["defaults"]["unit"], title
        assert panel["type"] in ("stat", "timeseries", "heatmap"), title


@EACH
def test_every_panel_leads_to_a_page_that_is_there(dashboard):
    names = {link["url"].removeprefix("${runbooks}/") for panel in dashboard["panels"] for link in panel["links"]}
    assert names <= {path.name for path in (ROOT / "docs" / "runbooks").glob("*.md")}
    assert all(len(panel["links"]) == 1 for panel in dashboard["panels"])


@EACH
def test_it_asks_only_for_what_is_measured(dashboard):
    declared = set(re.findall(r"`(themewire_\w+)`", pages()["metrics.md"]))
    asked = [*questions(dashboard), *annotations(dashboard)]
    names = {name for each in asked for name in re.findall(r"themewire_[a-z_]+", each.expr)}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} <= declared


def test_the_provisioning_names_what_the_dashboards_ask_for():
    provisioning = Path(FOLDER.parent / "provisioning")
    source = (provisioning / "datasources" / "prometheus.yaml").read_text(encoding="utf-8")
    assert "type: prometheus" in source
    assert "$PROMETHEUS_URL" in source
    assert "$THEMEWIRE_DASHBOARDS" in (provisioning / "dashboards" / "themewire.yaml").read_text(encoding="utf-8")


def test_the_page_shows_each_of_them():
    page = (ROOT / "docs" / "dashboards.md").read_text(encoding="utf-8")
    for name, dashboard in DASHBOARDS.items():
        picture = f"dashboards/{name.removesuffix('.json')}.png"
        assert f"![{dashboard['title'].removeprefix('themewire: ')}]({picture})" in page
        assert 10_000 < (ROOT / "docs" / picture).stat().st_size < 150_000
