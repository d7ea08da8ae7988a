"""Story, match and deliver as pure decisions."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.stage import GIVE_UP_AFTER, LONGEST_WAIT, DeliverStage, backoff
from stream.engine.stage import Request, Result
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Record, Tick
from stream.matching.messages import delivery_id
from stream.matching.stage import MatchStage
from stream.records import Alert, Candidate, Delivery, Destination, Item, Outbound, Subscription, Tagged, decode, encode
from stream.stories.stage import StoryStage, alert_id
from tests.stream.stories.words import extractor


def item(revision: int = 0, title: str = "A title", baseline: bool = False) -> Item:
    return Item(
        id="i", feed="f", source="Feed", entry="e", revision=revision, url="https://example.org/1", title=title,
        summary="", lang="en", published=1, date_quality="trusted", first_seen=2, baseline=baseline,
    )  # fmt: skip


def candidate(stands: bool = True, **of: object) -> Candidate:
    tagged = Tagged(
        item=item(**of), themes={"t": 0.9}, tags=("t",) if stands else (), decision="tagged" if stands else "none",
        reasons=(), model="m",
    )  # fmt: skip
    return Candidate(theme="t", stands=stands, tagged=tagged)


class Run:
    """A stage with its rows, one event after the other."""

    def __init__(self, stage, views=None) -> None:
        self.stage, self.rows, self.views = stage, InMemoryRows(), views or {}

    def __call__(self, *events, now: int = 100):
        effects = self.stage.decide(Tables(self.rows, self.views), events, now)
        self.rows.apply(effects.changes)
        return effects


def told(run: Run, *candidates: Candidate) -> list[tuple[str, int]]:
    found = []
    for n, each in enumerate(candidates):
        effects = run(Record("candidates", 0, n, "t", encode(each)))
        found += [(a.kind, a.seq) for a in (decode(o.value, Alert) for o in effects.outputs)]
    return found


def test_an_item_is_told_once_however_often_it_comes():
    assert told(Run(StoryStage(extractor)), candidate(), candidate(), candidate()) == [("new", 0)]


def test_an_edit_is_an_update_and_a_correction_a_retraction_of_the_same_alert():
    run = Run(StoryStage(extractor))
    course = [
        candidate(),
        candidate(revision=1, title="Another"),
        candidate(False, revision=2),
        candidate(False, revision=3),
    ]
    assert told(run, *course) == [("new", 0), ("update", 1), ("retracted", 2)]


def test_a_baseline_item_raises_no_alert_also_when_it_is_edited_later():
    assert (
        told(Run(StoryStage(extractor)), candidate(baseline=True), candidate(revision=1, title="B", baseline=True))
        == []
    )


def test_an_overtaken_revision_is_passed_over():
    assert told(Run(StoryStage(extractor)), candidate(revision=2), candidate(False, revision=1)) == [("new", 0)]


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ABC")), max_size=15))
def test_the_seq_of_a_story_has_no_gaps(course):
    run = Run(StoryStage(extractor))
    seqs = [seq for _, seq in told(run, *(candidate(s, revision=i, title=t) for i, (s, t) in enumerate(course)))]
    assert seqs == list(range(len(seqs)))


def alert(seq: int = 0, kind: str = "new", probability: float = 0.9) -> Alert:
    return Alert(
        id=alert_id("t", "i"), seq=seq, kind=kind, theme="t", story="s", title="T", summary="", url="", lang="en",
        sources=(), independent=1, probability=probability, sure=True, reasons=(), model="m", published=1,
        date_quality="trusted", first_seen=1, tagged_at=1, alerted_at=1,
    )  # fmt: skip


def subscribed(**changes: object) -> dict[str, dict[str, bytes]]:
    subscription = Subscription(
        id="s",
        revision=3,
        themes=("t",),
        threshold=0.5,
        updates=True,
        channel=Destination("webhook", "https://example.org/hook"),
    )
    return {"subscriptions": {"s": encode(msgspec.structs.replace(subscription, **changes))}}


def sent(run: Run, *alerts: Alert) -> list[Outbound]:
    outs = [o for n, a in enumerate(alerts) for o in run(Record("alerts.t", 0, n, "s", encode(a))).outputs]
    return [decode(o.value, Outbound) for o in outs]


def test_a_subscription_gets_its_theme_from_its_threshold_on():
    assert len(sent(Run(MatchStage(("t",)), subscribed()), alert())) == 1
    assert sent(Run(MatchStage(("t",)), subscribed(threshold=0.95)), alert()) == []
    assert sent(Run(MatchStage(("t",)), subscribed(themes=("u",))), alert()) == []


def test_the_delivery_names_why_and_which_revision_and_keeps_its_id():
    (out,) = sent(Run(MatchStage(("t",)), subscribed()), alert(), alert())
    assert (out.revision, out.delivery) == (3, delivery_id("s", alert().id, 0))
    assert "0.90" in out.why


def test_updates_are_sent_to_those_who_want_them_and_retractions_to_those_who_got_the_first():
    course = (alert(), alert(1, "update"), alert(2, "retracted", 0.1))
    assert [o.alert.seq for o in sent(Run(MatchStage(("t",)), subscribed()), *course)] == [0, 1, 2]
    assert [o.alert.seq for o in sent(Run(MatchStage(("t",)), subscribed(updates=False)), *course)] == [0, 2]
    assert sent(Run(MatchStage(("t",)), subscribed()), alert(2, "retracted")) == []


def outbound() -> Record:
    out = Outbound(delivery="d", subscription="s", revision=1, alert=alert(), why="w", at=100)
    return Record("outbox", 0, 0, "s", encode(out))


def result(request: Request, **answer: object) -> Result:
    given_ = {"taken": False, "status": 500, "message": "no", **answer}
    return Result(request, msgspec.json.encode(DeliveryResponse(**given_)))


def deliveries(effects) -> list[Delivery]:
    return [decode(o.value, Delivery) for o in effects.outputs if o.topic == "deliveries"]


def test_a_delivery_is_tried_until_it_is_taken_with_one_idempotency_key():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    (failed,) = deliveries(run(result(first), now=200))
    assert (failed.outcome, failed.attempt) == ("failed", 1)
    assert failed.next_try == 200 + backoff("d", 1)
    (tick,) = run.rows.due(failed.next_try, 10)
    (second,) = run(tick, now=tick.due).requests
    keys = {msgspec.json.decode(r.body, type=DeliveryRequest).outbound.delivery for r in (first, second)}
    assert (keys, first.id != second.id) == ({"d"}, True)
    (done,) = deliveries(run(result(second, taken=True, status=200), now=tick.due))
    assert (done.outcome, done.attempt) == ("delivered", 2)
    assert run(result(second, taken=True), now=tick.due).outputs == []


def test_retry_after_is_obeyed_and_after_three_days_it_is_given_up():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (request,) = run(outbound()).requests
    (failed,) = deliveries(run(result(request, retry_after=7200.0), now=200))
    assert failed.next_try == 200 + 7_200_000
    (tick,) = run.rows.due(failed.next_try, 10)
    (again,) = run(tick, now=tick.due).requests
    (given_up,) = deliveries(run(result(again), now=GIVE_UP_AFTER + 100))
    assert (given_up.outcome, given_up.next_try) == ("given up", None)


def test_a_removed_subscription_ends_its_deliveries():
    (done,) = deliveries(Run(DeliverStage(CHANNELS), {"subscriptions": {}})(outbound()))
    assert (done.outcome, done.message) == ("given up", "the subscription was removed")


def test_a_timer_of_a_delivery_that_is_done_asks_for_nothing():
    assert Run(DeliverStage(CHANNELS), subscribed())(Tick("attempts", "gone", 1)).requests == []


@pytest.mark.parametrize("tried", [1, 2, 5, 12, 1000])
def test_the_wait_grows_and_is_bounded(tried: int):
    assert backoff("d", tried) <= LONGEST_WAIT
    assert backoff("d", tried) >= backoff("d", 1) // 2


def test_the_passage_that_was_judged_is_told_and_is_what_other_items_are_compared_with():
    run, long = Run(StoryStage(extractor)), candidate()
    passages = msgspec.structs.replace(long.tagged.item, summary="News.", excerpts={"t": "A passage.", "u": "Another."})
    long = msgspec.structs.replace(long, tagged=msgspec.structs.replace(long.tagged, item=passages))
    (out,) = run(Record("candidates", 0, 0, "t", encode(long))).outputs
    assert (decode(out.value, Alert).summary, decode(out.value, Alert).excerpt) == ("News.", "A passage.")
    ((_, row),) = run.rows.items("open")
    assert msgspec.json.decode(row)["summary"] == "A passage."
