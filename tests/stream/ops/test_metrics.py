"""What the metrics count of a commit; `test_web.py` reads them over HTTP."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stream.log.records import Out, Record, Tick
from stream.ops.metrics import CATALOGUE, Metrics, ReadOnScrape
from stream.ops.metrics import catalogue as of
from stream.records import Alert, Delivery, HealthEvent, Label, Message, Outbound, Poll, Tagged, decode, encode
from tests.stream.index.test_index import alert, tagged


@pytest.fixture
def metrics():
    return Metrics(CollectorRegistry(), ("t", "u"))


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"themewire_{name}", labels)


def test_events_and_refused_commits_are_counted_by_stage(metrics):
    metrics.committed("tag", [Tick("t", "a", 1), Tick("t", "b", 1)], [])
    metrics.fenced("tag")
    assert value(metrics, "stage_events_total", stage="tag") == 2
    assert value(metrics, "commits_fenced_total", stage="tag") == 1


def test_a_tagged_item_counts_by_decision_and_theme_and_one_that_joined_or_was_labelled_does_not_again(metrics):
    again = [changed(tagged("j"), Tagged, **{how: True}) for how in ("joined", "relabelled")]
    metrics.committed("tag", [], [tagged("i"), tagged("j"), *again])
    assert value(metrics, "items_classified_total", decision="tagged") == 2
    assert value(metrics, "item_themes_total", theme="t") == 2


def timed(metrics: Metrics) -> dict[str, tuple[float | None, float | None]]:
    """How many spans of each kind there were, and the seconds of all."""
    return {
        span: tuple(value(metrics, f"alert_latency_seconds_{part}", span=span) for part in ("count", "sum"))
        for span in of.SPANS
        if value(metrics, "alert_latency_seconds_count", span=span)
    }


def changed(out: Out, kind: type[Message], **of) -> Out:
    return Out(out.topic, out.key, encode(msgspec.structs.replace(decode(out.value, kind), **of)))


def test_alerts_count_by_theme_and_kind_and_only_a_new_one_that_a_model_raised_is_timed(metrics):
    new = changed(alert("i"), Alert, first_seen=1_000, tagged_at=3_000, alerted_at=8_000, date_quality="missing")
    by_hand = changed(alert("k"), Alert, rule="label", alerted_at=10**9)
    metrics.committed(
        "story",
        [],
        [new, alert("i", 1, "update"), changed(alert("j", theme="u"), Alert, date_quality="missing"), by_hand],
    )
    assert value(metrics, "alerts_total", theme="t", kind="new") == 2
    assert value(metrics, "alerts_total", theme="t", kind="update") == 1
    assert timed(metrics) == {
        "first_seen_to_tagged": (2, 2),
        "tagged_to_alerted": (2, 5),
        "first_seen_to_alerted": (2, 7),
    }


def test_time_since_publication_is_told_where_the_date_is_to_be_trusted(metrics):
    new = changed(alert("i"), Alert, published=1_000, date_quality="trusted", alerted_at=8_000)
    metrics.committed("story", [], [new, changed(new, Alert, date_quality="missing")])
    assert timed(metrics)["published_to_alerted"] == (1, 7)


def test_what_arrives_is_timed_where_the_objective_asks_about_it(metrics):
    def arrived(outcome: str = "delivered", prompt: bool = True) -> Out:
        made = Delivery(
            delivery="d", subscription="s", alert="a", seq=0, attempt=1, outcome=outcome, status=200, message="",
            at=61_000, first_seen=1_000, tagged_at=2_000, alerted_at=3_000, sent_at=4_000, prompt=prompt,
        )  # fmt: skip
        return Out("deliveries", "s", encode(made))

    metrics.committed("deliver", [], [arrived("failed"), arrived("given up"), arrived(prompt=False), arrived()])
    assert timed(metrics) == {"alerted_to_delivered": (1, 58), "first_seen_to_delivered": (1, 60)}
    assert value(metrics, "alert_latency_seconds_bucket", span="first_seen_to_delivered", le="60.0") == 1


def test_what_arrives_is_timed_from_its_publication_where_that_is_known(metrics):
    made = Delivery(
        delivery="d", subscription="s", alert="a", seq=0, attempt=1, outcome="delivered", status=200, message="",
        at=61_000, published=500, prompt=True,
    )  # fmt: skip
    metrics.committed("deliver", [], [Out("deliveries", "s", encode(made))])
    assert timed(metrics)["published_to_delivered"] == (1, 60.5)


def test_clocks_that_differ_make_no_span_less_than_nothing(metrics):
    metrics.committed("story", [], [changed(alert("i"), Alert, first_seen=5_000, tagged_at=4_000, alerted_at=4_500)])
    assert timed(metrics)["first_seen_to_tagged"] == (1, 0)
    assert timed(metrics)["tagged_to_alerted"] == (1, 0.5)


def test_the_objective_asks_about_new_alerts_that_were_sent_at_once(metrics):
    one = decode(alert("i").value, Alert)
    outbound = Outbound(delivery="d", subscription="s", revision=1, alert=one, why="w", at=1)
    told = [
        outbound,
        msgspec.structs.replace(outbound, held=True),
        msgspec.structs.replace(outbound, alert=None, alerts=(one, one), held=True),
        msgspec.structs.replace(outbound, alert=msgspec.structs.replace(one, seq=1, kind="update")),
        msgspec.structs.replace(outbound, alert=msgspec.structs.replace(one, rule="label")),
        msgspec.structs.replace(
            outbound, alert=None, event=HealthEvent(subject="f", kind="feed gone", message="m", at=1)
        ),
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
        delivery="d", subscription="s", alert="a", seq=0, attempt=1, outcome=outcome, status=0, message="", at=1,
        channel="mail",
    )  # fmt: skip
    metrics.committed("deliver", [], [Out("deliveries", "s", encode(made))])
    assert value(metrics, "deliveries_total", channel="mail", outcome=label) == 1


def test_a_tombstone_and_other_topics_count_nothing_of_their_own(metrics):
    before = generate_latest(metrics.registry)
    metrics.committed("s", [], [Out("tagged", "i", None), Out("candidates", "t", b"{}")])
    assert generate_latest(metrics.registry).replace(b'themewire_stage_events_total{stage="s"} 0.0\n', b"") == before


def test_what_is_asked_is_found_out_when_the_metrics_are_read(metrics):
    states = {("healthy",): 2.0}
    metrics.registry.register(ReadOnScrape((of.FEEDS, of.FEEDS_OVERDUE), lambda: {of.FEEDS.name: states}))
    states["silent",] = 1.0
    found = {state: value(metrics, "feeds", state=state) for state in ("healthy", "silent", "gone")}
    assert found == {"healthy": 2, "silent": 1, "gone": None}
    assert value(metrics, "feeds_overdue") is None


def test_gaps_are_counted(metrics):
    poll = Poll(feed="f", url="u", title="", at=1, outcome="ok", error=None, state="healthy", gap=True)
    metrics.committed("collect", [], [Out("polls", "f", encode(poll))])
    assert value(metrics, "feed_gaps_total") == 1


def passed(metrics: Metrics, stage: str, topic: str, *told: Message | bytes) -> None:
    values = [each if isinstance(each, bytes) else encode(each) for each in told]
    metrics.committed(stage, [Record(topic, 0, i, "k", one) for i, one in enumerate(values)], [])


def test_changes_of_health_are_counted_where_all_of_them_are_read_whoever_has_written_them(metrics):
    held, refused = (
        HealthEvent(subject="s", kind=kind, message="m", at=1) for kind in ("feed held back", "model refused")
    )
    metrics.committed("collect", [], [Out("events", "f", encode(held))])
    passed(metrics, "match", "events", held, refused, b"no event: it is dead")
    assert value(metrics, "health_events_total", kind="feed_held_back") == 1
    assert value(metrics, "health_events_total", kind="model_refused") == 1
    assert value(metrics, "models_refused_total") == 1


def test_what_people_say_is_counted_by_theme_and_their_answers_by_link_as_well(metrics):
    item = decode(tagged("i").value, Tagged).item
    said = Label(id="l", item=item, who="ann", origin="cli", at=1, yes=("t",), no=("u", "a theme that is gone"))
    passed(metrics, "tag", "labels", said, msgspec.structs.replace(said, origin="link", yes=()))
    assert value(metrics, "labels_total", theme="t", verdict="yes") == 1
    assert value(metrics, "labels_total", theme="u", verdict="no") == 2
    assert value(metrics, "feedback_total", theme="u", verdict="wrong") == 1
    assert value(metrics, "labels_total", theme="a theme that is gone", verdict="no") is None


def test_new_items_are_counted_by_the_quality_of_their_date(metrics):
    item = decode(tagged("i").value, Tagged).item
    items = [msgspec.structs.replace(item, date_quality=quality) for quality in ("trusted", "future")]
    edited = msgspec.structs.replace(item, revision=1)
    metrics.committed("collect", [], [Out("items", "i", encode(each)) for each in (*items, edited)])
    assert value(metrics, "item_dates_total", quality="trusted") == 1
    assert value(metrics, "item_dates_total", quality="future") == 1


def test_articles_are_counted_by_what_they_came_to(metrics):
    item = decode(tagged("i").value, Tagged).item
    items = [msgspec.structs.replace(item, article=outcome) for outcome in ("read", "robots", "robots", "")]
    metrics.committed("collect", [], [Out("items", "i", encode(each)) for each in items])
    assert value(metrics, "articles_total", outcome="read") == 1
    assert value(metrics, "articles_total", outcome="robots") == 2


def test_a_probability_is_observed_where_the_model_has_said_it(metrics):
    said = msgspec.structs.replace(decode(tagged("i").value, Tagged), themes={"t": 0.42, "u": 0.03}, model="m")
    others = [
        msgspec.structs.replace(said, rule="label"),
        msgspec.structs.replace(said, model=""),
        msgspec.structs.replace(said, joined=True),
    ]
    metrics.committed("tag", [], [Out("tagged", "i", encode(each)) for each in (said, *others)])
    assert value(metrics, "item_probability_bucket", theme="t", le="0.5") == 1
    assert value(metrics, "item_probability_bucket", theme="t", le="0.4") == 0
    assert value(metrics, "item_probability_count", theme="u") == 1


def test_independent_sources_are_observed_at_each_word_but_the_last(metrics):
    words = [changed(alert("i", seq, kind), Alert, independent=n) for seq, kind, n in WORDS]
    metrics.committed("story", [], words)
    assert value(metrics, "alert_independent_sources_sum", theme="t") == 4
    assert value(metrics, "alert_independent_sources_count", theme="t") == 2


WORDS = ((0, "new", 1), (1, "update", 3), (2, "retracted", 3))


def test_a_role_shows_all_that_it_feeds_from_the_beginning_and_nothing_of_other_roles():
    metrics = Metrics(CollectorRegistry(), ("t", "u"), ["tag"])
    metrics.begin("tag")
    assert value(metrics, "item_themes_total", theme="u") == 0
    assert value(metrics, "item_probability_count", theme="t") == 0
    assert value(metrics, "commits_total", stage="tag") == 0
    assert value(metrics, "balance_out_total", of="items", fate="unsure") == 0
    assert value(metrics, "commits_total", stage="story") is None
    assert value(metrics, "balance_in_total", of="notifications") is None
    assert "themewire_polls" not in {family.name for family in metrics.registry.collect()}


def test_no_metric_is_declared_twice_and_each_is_fed_by_somebody():
    assert len({metric.name for metric in CATALOGUE}) == len(CATALOGUE)
    roles = {"collect", "tag", "story", "match", "deliver", "index", "train", "canary"}
    assert all(set(metric.by) <= roles for metric in CATALOGUE)


def test_two_processes_metrics_do_not_share_a_registry(metrics):
    other = Metrics(CollectorRegistry())
    other.fenced("tag")
    assert value(metrics, "commits_fenced_total", stage="tag") is None


@pytest.mark.parametrize("decision", ["tagged", "none", "unsure", "not judged"])
def test_every_decision_has_a_label(metrics, decision):
    made = msgspec.structs.replace(decode(tagged("i").value, Tagged), decision=decision)
    metrics.committed("tag", [], [Out("tagged", "i", encode(made))])
    assert value(metrics, "items_classified_total", decision=decision.replace(" ", "_")) == 1
