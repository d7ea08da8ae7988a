"""Every question of every dashboard, asked of a Prometheus that scraped a demo; and `make watch` itself."""

import json
import os
import socket
import time
import urllib.request
from contextlib import closing

import pytest

from deploy.grafana.asking import annotations, filled, questions
from deploy.grafana.documents import documents
from tests.deploy.grafana.installed import needs
from tests.deploy.grafana.watched import Watched

pytestmark = [pytest.mark.xdist_group("watch"), pytest.mark.timeout(240), pytest.mark.slow]

SCRAPES = 15  # rates and bars need some
DASHBOARDS = {name: json.loads(text) for name, text in documents().items()}

# What has rightly no answer within the first minute of a demo, by title and legend, and why.
EMPTY = {
    ("Firing", "{{alertname}}"): "nothing is wrong for long enough to fire",
    ("Has anything drifted?", "__auto"): "a drift is told after 1,000 items, and a demo has fewer",
    ("What has drifted?", "{{feature}}"): "as above",
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory):
    needs("prometheus", "prometheus-alertmanager")
    made = Watched(tmp_path_factory.mktemp("watch"))
    try:
        made.subscribe_answer_and_label()
        made.until(lambda: made.has("themewire_feedback_total > 0"))
        made.until(lambda: made.has("count(themewire_canary_delivered_total > 0) == 4"))
        made.until(lambda: made.has(f"count_over_time(themewire_build_info[10m]) >= {SCRAPES}"))
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)
def test_every_question_has_an_answer(watched: Watched, dashboard):
    now = time.time()
    silent = set()
    asked = [*questions(dashboard), *annotations(dashboard)]
    for each in asked:
        expr = filled(each.expr, shown="2m", step="10s", window="15s")
        found = watched.prometheus.at(expr) if each.instant else watched.prometheus.over(expr, now - 120, now, 5)
        if not any(series.says for series in found):
            silent.add((each.title, each.legend))
    assert silent == EMPTY.keys() & {(each.title, each.legend) for each in asked}


def test_the_rules_are_asked_and_alertmanager_is_told(watched: Watched):
    watched.until(lambda: watched.has("up == 1") and watched.has('{__name__=~"themewire:.+"}'))
    with urllib.request.urlopen(watched.url("prometheus") + "/api/v1/alertmanagers") as answer:
        (told,) = json.load(answer)["data"]["activeAlertmanagers"]
    assert watched.url("alertmanager") in told["url"]


def test_one_line_says_where_to_look(watched: Watched):
    (line,) = [line for line in watched.said.splitlines() if line.startswith("Look at")]
    assert watched.url("prometheus") in line


def test_ctrl_c_ends_all_of_it(watched: Watched):
    assert list(watched.folder.iterdir())
    assert watched.interrupt() == 0
    for port in watched.ports.values():
        with closing(socket.socket()) as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert os.listdir(watched.folder) == []
