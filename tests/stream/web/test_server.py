"""/metrics, /live and /ready over a real socket, and what the metrics count."""

import json
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from stream.log.records import Out
from stream.ops.metrics import Metrics
from stream.records import Poll, encode
from stream.web import WebServer, application, bind


@pytest.fixture
def served():
    metrics, stages = Metrics(CollectorRegistry()), {"collect": ""}
    bound = bind("127.0.0.1:0")
    server = WebServer(application(lambda: metrics.registry, lambda: stages), bound)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}", metrics, stages
    server.close()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_ready_says_which_stage_is_not_at_work(served):
    base, _, stages = served
    assert get(f"{base}/live") == (200, "live\n")
    assert get(f"{base}/ready")[0] == 200
    stages.update(collect="it pauses: the disk is full", tag="")
    status, body = get(f"{base}/ready")
    assert (status, json.loads(body)) == (
        503,
        {
            "ready": False,
            "stages": {"collect": False, "tag": True},
            "why": {"collect": "it pauses: the disk is full"},
        },
    )


def test_a_process_of_which_no_role_is_known_is_not_ready(served):
    base, _, stages = served
    stages.clear()
    assert get(f"{base}/ready")[0] == 503


def test_a_poll_is_counted_with_its_balance(served):
    base, metrics, _ = served
    poll = Poll(
        feed="f", url="u", title="", at=1, outcome="ok", error=None, state="healthy", entries=5, new=2, seen=3,
        baseline=2, received=1234,
    )  # fmt: skip
    metrics.committed("collect", [], [Out("polls", "f", encode(poll))])
    lines = get(f"{base}/metrics")[1].splitlines()
    assert 'themewire_polls_total{outcome="ok"} 1.0' in lines
    assert 'themewire_entries_total{fate="new"} 2.0' in lines
    assert 'themewire_entries_total{fate="seen"} 3.0' in lines
    assert "themewire_baseline_items_total 2.0" in lines
    assert "themewire_poll_received_bytes_total 1234.0" in lines


def test_every_metric_has_our_prefix_and_a_sentence():
    metrics = Metrics(CollectorRegistry())
    for family in metrics.registry.collect():
        assert family.name.startswith("themewire_")
        assert family.documentation.endswith(".")


def test_a_port_that_is_taken_is_told_at_once():
    bound = bind("127.0.0.1:0")
    with pytest.raises(OSError, match="in use"):
        bind(f"127.0.0.1:{bound.getsockname()[1]}")
    bound.close()
