"""The system on the page: what each stage did lately, the last day in charts, and dead records that are tried again."""

import re
from collections.abc import Iterator

import pytest

from stream.log.records import Out
from stream.records import Delivery, Poll, encode
from stream.units import DAY, HOUR
from stream.web.access import Access, Role
from stream.web.page import DeadRow
from stream.web.page.charts import chart
from tests.stream.index.test_search import tagged
from tests.stream.web.page.some_page import NOW, Page

READER = {"Authorization": "Bearer reader"}
OPERATOR = {"Authorization": "Bearer operator"}


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    made = Page(tmp_path, Access("operator", loopback=True, tokens={Role.READER: "reader"}))
    yield made
    made.close()


def poll(at: int, outcome: str = "ok") -> Out:
    made = Poll(feed="f", url="u", title="", at=at, outcome=outcome, error=None, state="healthy")
    return Out("polls", "f", encode(made))


def delivery(key: str, at: int, outcome: str = "delivered") -> Out:
    made = Delivery(
        delivery=key, subscription="s", alert="", seq=0, attempt=1, outcome=outcome, status=200, message="", at=at
    )
    return Out("deliveries", "s", encode(made))


def test_what_each_stage_did_lately_and_how_the_last_day_was(page):
    _, html = page.get("/system", **READER)
    assert html.count("Nothing in the last day.") == 4
    page.index.take(
        poll(NOW), poll(NOW, "timeout"), poll(NOW, "not_modified"), poll(NOW - 5 * HOUR), poll(NOW - 2 * DAY),
        delivery("a", NOW), delivery("b", NOW, "failed"), tagged("i", "New", NOW - 1000, ["t"]),
    )  # fmt: skip
    _, html = page.get("/system", **READER)
    assert "Nothing in the last day." in html  # no alert was raised
    assert "Polls an hour, the last day: now 3.0, at most 3.0; 1 failed in the last day" in html
    assert "Attempts to deliver an hour, the last day: now 2.0, at most 2.0; 1 failed" in html
    assert "1 item in an hour" in html
    assert "1 of a theme" in html


def test_a_chart_has_gaps_and_a_line_of_what_is_wrong_on_the_same_scale():
    found = chart([0, None, 4], [0, 0, 2])
    assert (found.line, found.bad) == (
        "M0.0 110.0 L0.0 110.0 M526.0 0.0 L526.0 0.0",
        "M0.0 110.0 L0.0 110.0 L263.0 110.0 L526.0 55.0",
    )
    assert (found.most, found.last) == (4, 4)
    assert chart([1, 2], [0, 0]).bad == ""
    assert chart([]).line == ""


def test_dead_records_are_listed_by_cause_and_tried_again_one_or_all(page):
    page.dead.rows = [
        DeadRow("items:0:1", "tag", "ValueError: no", NOW - 9), DeadRow("items:0:2", "tag", "ValueError: no", NOW - 8),
        DeadRow("items:0:3", "tag", "ValueError: no", NOW, "was too large to keep, and cannot be requeued"),
        DeadRow("polls:0:4", "index", "KeyError: x", NOW, "is missing from the index only"),
    ]  # fmt: skip
    _, html = page.get("/system", **OPERATOR)
    assert "Try all 2 again" in html
    assert "It was too large to keep, and cannot be requeued." in html
    assert html.index("ValueError: no") < html.index("KeyError: x")
    cause, other = dict.fromkeys(re.findall(r'name="cause" value="(\w+)"', html)), "x"
    assert len(cause) == 1  # nothing of the other can be tried again
    (cause,) = cause
    _, html = page.post("/system/requeue", OPERATOR, cause=cause, origin="items:0:2")
    assert "1 record went round again" in html
    assert [row.origin for row in page.dead.rows] == ["items:0:1", "items:0:3", "polls:0:4"]
    page.post("/system/requeue", OPERATOR, cause=cause)
    assert [row.origin for row in page.dead.rows] == ["items:0:3", "polls:0:4"]
    for gone in (cause, other):
        assert page.post("/system/requeue", OPERATOR, cause=gone)[0] == 409


def test_only_operators_have_records_tried_again(page):
    page.dead.rows = [DeadRow("items:0:1", "tag", "ValueError: no", NOW)]
    _, html = page.get("/system", **READER)
    assert "ValueError: no" in html
    assert "<form method" not in html
    assert page.post("/system/requeue", READER, cause="x")[0] == 403
