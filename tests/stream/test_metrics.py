"""What the metrics count of a commit; `test_web.py` reads them over HTTP."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stream.metrics import FeedsByState, Metrics
from stream.records import FEED_STATES, Alert, Delivery, Event, Message, Outbound, Poll, Tagged, decode, encode
from stream.stage import Out, Tick
from tests.stream.test_index import alert, tagged


@pytest.fixture
def metrics():
    return Metrics(CollectorRegistry())


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"themewire_{name}", labels)


def test_events_and_refused_commits_are_counted_by_stage(metrics):
    metrics.committed("tag", [Tick("t", "a", 1), Tick("t", "b", 1)], [])
    metrics.fenced("tag")
    assert value(metrics, "stage_events_total", stage="tag") == 2
    assert value(metrics, "stage_fenced_total", stage="tag") == 1


def test_a_tagged_item_counts_by_decision_and_theme_and_a_joined_one_does_not(metrics):
    metrics.committed("tag", [], [tagged("i"), tagged("j"), tagged("j", joined=True)])
    assert value(metrics, "items_tagged_total", decision="tagged") == 2
    assert value(metrics, "item_themes_total", theme="t") == 2


SPANS = ("first_seen_to_tagged", "tagged_to_alerted", "alerted_to_delivered", "first_seen_to_delivered")


def timed(metrics: Metrics) -> dict[str, tuple[float | None, float | None]]:
    """How many spans of each kind there were, and the seconds of all."""
    return {
        span: tuple(value(metrics, f"span_seconds_{of}", span=span) for of in ("count", "sum"))
        for span in SPANS
        if value(metrics, "span_seconds_count", span=span)
    }


def changed(out: Out, kind: type[Message], **of) -> Out:
    return Out(out.topic, out.key, encode(msgspec.structs.replace(decode(out.value, kind), **of)))


def test_alerts_count_by_theme_and_kind_and_only_a_new_one_that_a_model_raised_is_timed(metrics):
    new = changed(alert("i"), Alert, first_seen=1_000, tagged_at=3_000, alerted_at=8_000)
    by_hand = changed(alert("k"), Alert, rule="label", alerted_at=10**9)
    metrics.committed("story", [], [new, alert("i", 1, "update"), alert("j", theme="u"), by_hand])
    assert value(metrics, "alerts_total", theme="t", kind="new") == 2
    assert value(metrics, "alerts_total", theme="t", kind="update") == 1
    assert timed(metrics) == {"first_seen_to_tagged": (2, 2), "tagged_to_alerted": (2, 5)}


def test_what_arrives_is_timed_where_the_objective_asks_about_it(metrics):
    def arrived(outcome: str = "delivered", prompt: bool = True) -> Out:
        made = Delivery(
            delivery="d", subscription="s", alert="a", seq=0, attempt=1, outcome=outcome, status=200, message="",
            at=61_000, first_seen=1_000, tagged_at=2_000, alerted_at=3_000, sent_at=4_000, prompt=prompt,
        )  # fmt: skip
        return Out("deliveries", "s", encode(made))

    metrics.committed("deliver", [], [arrived("failed"), arrived("given up"), arrived(prompt=False), arrived()])
    assert timed(metrics) == {"alerted_to_delivered": (1, 58), "first_seen_to_delivered": (1, 60)}
    assert value(metrics, "span_seconds_bucket", span="first_seen_to_delivered", le="60.0") == 1


def test_clocks_that_differ_make_no_span_less_than_nothing(metrics):
    metrics.committed("story", [], [changed(alert("i"), Alert, first_seen=5_000, tagged_at=4_000, alerted_at=4_500)])
    assert timed(metrics) == {"first_seen_to_tagged": (1, 0), "tagged_to_alerted": (1, 0.5)}


def test_the_objective_asks_about_new_alerts_that_were_sent_at_once(metrics):
    one = decode(alert("i").value, Alert)
    outbound = Outbound(delivery="d", subscription="s", revision=1, alert=one, why="w", at=1)
    told = [
        outbound,
        msgspec.structs.replace(outbound, held=True),
        msgspec.structs.replace(outbound, alert=None, alerts=(one, one), held=True),
        msgspec.structs.replace(outbound, alert=msgspec.structs.replace(one, seq=1, kind="update")),
        msgspec.structs.replace(outbound, alert=msgspec.structs.replace(one, rule="label")),
        msgspec.structs.replace(outbound, alert=None, event=Event(subject="f", kind="feed gone", message="m", at=1)),
    ]
    metrics.committed("match", [], [Out("outbox", "s", encode(each)) for each in told])
    assert value(metrics, "prompt_alerts_total") == 1


def test_dead_records_count_by_the_stage_that_raised(metrics):
    metrics.committed("match", [], [Out("dead", "a/0/1", b"whatever it is")])
    assert value(metrics, "dead_records_total", stage="match") == 1


@pytest.mark.parametrize(
    ("outcome", "label"), [("delivered", "delivered"), ("failed", "failed"), ("given up", "given_up")]
)
def test_attempts_to_deliver_count_by_outcome(metrics, outcome, label):
    made = Delivery(
        delivery="d", subscription="s", alert="a", seq=0, attempt=1, outcome=outcome, status=0, message="", at=1
    )
    metrics.committed("deliver", [], [Out("deliveries", "s", encode(made))])
    assert value(metrics, "deliveries_total", outcome=label) == 1


def test_a_tombstone_and_other_topics_count_nothing_of_their_own(metrics):
    before = generate_latest(metrics.registry)
    metrics.committed("s", [], [Out("tagged", "i", None), Out("candidates", "t", b"{}")])
    assert generate_latest(metrics.registry).replace(b'themewire_stage_events_total{stage="s"} 0.0\n', b"") == before


def test_lag_is_asked_when_the_metrics_are_read(metrics):
    lag = [7]
    metrics.watch_lags({"tag": lambda: lag[0]})
    assert value(metrics, "stage_lag_records", stage="tag") == 7
    lag[0] = 0
    assert value(metrics, "stage_lag_records", stage="tag") == 0


def test_feeds_are_counted_by_state_when_the_metrics_are_read(metrics):
    states = {"healthy": 2}
    metrics.registry.register(FeedsByState(lambda: states))
    states["silent"] = 1
    found = {state: value(metrics, "feeds", state=state) for state in FEED_STATES}
    assert found == {"new": 0, "healthy": 2, "failing": 0, "silent": 1, "gone": 0, "paused": 0}


def test_gaps_and_changes_of_health_are_counted(metrics):
    poll = Poll(feed="f", url="u", title="", at=1, outcome="ok", error=None, state="healthy", gap=True)
    told = Event(subject="f", kind="feed held back", message="m", at=1)
    metrics.committed("collect", [], [Out("polls", "f", encode(poll)), Out("events", "f", encode(told))])
    assert value(metrics, "feed_gaps_total") == 1
    assert value(metrics, "health_events_total", kind="feed_held_back") == 1


def test_two_processes_metrics_do_not_share_a_registry(metrics):
    other = Metrics(CollectorRegistry())
    other.fenced("tag")
    assert value(metrics, "stage_fenced_total", stage="tag") is None


@pytest.mark.parametrize("decision", ["tagged", "none", "unsure", "not judged"])
def test_every_decision_has_a_label(metrics, decision):
    made = msgspec.structs.replace(decode(tagged("i").value, Tagged), decision=decision)
    metrics.committed("tag", [], [Out("tagged", "i", encode(made))])
    assert value(metrics, "items_tagged_total", decision=decision.replace(" ", "_")) == 1
