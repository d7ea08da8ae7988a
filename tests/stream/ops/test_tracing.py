"""The trace of a record is told by the record alone, and a span by what was committed."""

import pytest

from stream.engine.stage import Request, Result
from stream.log.cloudevents import headers
from stream.log.records import Out, Record
from stream.log.trace_context import item_of, span_id, trace_id, traceparent
from stream.ops.tracing import spans_of
from stream.records import Candidate, Delivery, Item, Poll, Tagged, encode

ITEM = Item(
    id="i1", feed="f", source="S", entry="e", revision=0, url="", title="T", summary="", lang="en", published=1,
    date_quality="trusted", first_seen=5_000, baseline=False,
)  # fmt: skip
TAGGED = Tagged(item=ITEM, themes={}, tags=("a",), decision="tagged", reasons=(), model="m")
ALERT = (
    b'{"id":"al","seq":0,"kind":"new","theme":"a","story":"s","title":"T","summary":"","url":"","lang":"en","sources":'
    b'[{"name":"S","url":"","item":"i1"}],"independent":1,"probability":0.9,"reasons":[],"model":"m","published":1,'
    b'"date_quality":"trusted","first_seen":1,"tagged_at":1,"alerted_at":1}'
)
OUTBOUND = b'{"delivery":"d","subscription":"team","revision":1,"why":"asked","at":6000,"alert":%s}' % ALERT
WAY = {
    "items": encode(ITEM),
    "tagged": encode(TAGGED),
    "candidates": encode(Candidate(theme="a", stands=True, tagged=TAGGED)),
    "alerts.a": ALERT,
    "outbox": OUTBOUND,
}


@pytest.mark.parametrize("topic", WAY)
def test_all_records_of_an_item_have_its_trace(topic):
    assert item_of(topic, WAY[topic]) == "i1"
    version, trace, span, flags = traceparent(topic, WAY[topic]).split("-")
    assert (version, trace, flags) == ("00", trace_id("i1"), "01")
    assert (len(trace), len(span)) == (32, 16)
    assert headers(topic, "k", WAY[topic], 1, traced=True)["ce_traceparent"].decode().split("-")[1] == trace
    assert "ce_traceparent" not in headers(topic, "k", WAY[topic], 1)


@pytest.mark.parametrize("value", [None, b"", b"no JSON", b"[]", b'{"id": 3}'])
def test_what_is_no_items_record_has_none(value):
    assert [traceparent(topic, value) for topic in (*WAY, "feeds", "dead")] == [""] * 7
    assert "ce_traceparent" not in headers("items", "k", value, 1, traced=True)


def test_each_step_is_a_span_under_the_one_before():
    poll = Poll(feed="f", url="", title="", at=5_400, outcome="ok", error=None, state="healthy", seconds=0.5)
    (first,) = spans_of("collect", [], [Out("items", "i1", WAY["items"]), Out("polls", "f", encode(poll))], 5_600)
    assert (first.trace, first.parent, first.start, first.end) == (trace_id("i1"), "", 4_900, 5_600)
    (tag,) = spans_of(
        "tag", [Record("items", 0, 0, "i1", WAY["items"], 5_600)], [Out("tagged", "i1", WAY["tagged"])], 5_700
    )
    assert (tag.parent, tag.start, tag.end) == (first.span, 5_600, 5_700)
    assert tag.attributes["themewire.outputs"] == "tagged"
    (story,) = spans_of("story", [Record("candidates", 0, 0, "a", WAY["candidates"], 5_700)], [], 5_800)
    assert story.parent == tag.span
    (match,) = spans_of(
        "match", [Record("alerts.a", 0, 0, "s", ALERT, 5_800)], [Out("outbox", "team", OUTBOUND)], 5_900
    )
    assert (match.parent, match.attributes["themewire.theme"]) == (story.span, "a")


def test_each_attempt_to_deliver_is_a_span_of_its_own_and_says_whether_it_failed():
    body = b'{"destination":{"kind":"webhook","address":"http://r.example/"},"outbound":%s}' % OUTBOUND
    spans = []
    for attempt, outcome in ((1, "failed"), (2, "delivered")):
        said = Delivery(
            delivery="d", subscription="team", alert="al", seq=0, attempt=attempt, outcome=outcome, status=503,
            message="", at=6_500,
        )  # fmt: skip
        done = Result(Request(f"d/{attempt}", "webhook", body), b"{}")
        spans += spans_of("deliver", [done], [Out("deliveries", "team", encode(said))], 6_500)
    assert [(span.failed, span.attributes["themewire.attempt"]) for span in spans] == [("failed", 1), ("", 2)]
    assert len({span.span for span in spans}) == 2
    assert {(span.trace, span.parent) for span in spans} == {(trace_id("i1"), span_id("i1", "match"))}


def test_what_cannot_be_read_makes_no_span_and_no_trouble():
    assert list(spans_of("collect", [], [Out("items", "i", b"none")], 1)) == []
    assert list(spans_of("tag", [Record("items", 0, 0, "i", b"none", 1)], [], 1)) == []
    assert list(spans_of("deliver", [Result(Request("d", "webhook", b"none"), b"")], [], 1)) == []
    assert list(spans_of("index", [Record("items", 0, 0, "i1", WAY["items"], 1)], [], 1)) == []
