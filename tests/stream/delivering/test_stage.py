"""The deliver stage over days: attempts, waits, and ends; `test_stages.py` has the common course."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.delivering.stage import FIRST_WAIT, GIVE_UP_AFTER, LONGEST_WAIT, DeliverStage, backoff
from stream.engine.stage import Request, Result
from stream.log.records import Change, Record
from stream.records import Delivery, Destination, HealthEvent, Outbound, Subscription, decode, encode
from tests.stream.stories.test_stages import Run, alert

SUBSCRIPTION = Subscription(
    id="s",
    revision=1,
    themes=("t",),
    threshold=0.5,
    updates=True,
    channel=Destination("webhook", "https://example.org/hook", {"secret": "env:S"}),
)


def subscribed(**of) -> dict[str, dict[str, bytes]]:
    return {"subscriptions": {"s": encode(msgspec.structs.replace(SUBSCRIPTION, **of))}}


def outbound(delivery: str = "d", at: int = 100, topic: str = "outbox", story: str = "") -> Record:
    told = msgspec.structs.replace(alert(), id=story or f"of {delivery}")
    out = Outbound(delivery=delivery, subscription="s", revision=1, alert=told, why="w", at=at)
    return Record(topic, 0, 0, "s", encode(out))


def answered(request: Request, **of) -> Result:
    return Result(
        request, msgspec.json.encode(DeliveryResponse(**{"taken": False, "status": 500, "message": "no", **of}))
    )


def said(effects) -> list[Delivery]:
    return [decode(out.value, Delivery) for out in effects.outputs if out.topic == "deliveries"]


def asked_for(request: Request) -> DeliveryRequest:
    return msgspec.json.decode(request.body, type=DeliveryRequest)


def course(run: Run, *answers: dict) -> list[Delivery]:
    """What is said when a delivery meets these answers, the last one for ever; ends when no try is armed."""
    found, left, now = [], list(answers), 100
    (request,) = run(outbound(), now=now).requests
    for _ in range(1000):
        found += said(run(answered(request, **(left.pop(0) if len(left) > 1 else left[0])), now=now))
        if (due := run.rows.next_due()) is None or not (asked := run(*run.rows.due(due, 10), now=due).requests):
            return found
        now, (request,) = due, asked
    raise AssertionError("it is never given up")


def test_a_receiver_that_is_down_for_days_is_given_up_after_three():
    attempts = course(Run(DeliverStage(CHANNELS), subscribed()), {})
    assert {d.outcome for d in attempts[:-1]} == {"failed"}
    assert attempts[-1].outcome == "given up"
    assert [d.attempt for d in attempts] == list(range(1, len(attempts) + 1))
    assert attempts[-1].at <= 100 + GIVE_UP_AFTER
    assert attempts[-1].at > 100 + GIVE_UP_AFTER - 2 * LONGEST_WAIT
    assert [d.next_try for d in attempts[:-1]] == [d.at for d in attempts[1:]]


def test_a_receiver_that_heals_gets_it_once_and_nothing_is_left():
    run = Run(DeliverStage(CHANNELS), subscribed())
    assert [d.outcome for d in course(run, {}, {}, {"taken": True, "status": 200})] == ["failed", "failed", "delivered"]
    assert (list(run.rows.items("attempts")), run.rows.next_due()) == ([], None)


def test_a_wish_to_wait_longer_is_obeyed_and_one_to_wait_less_is_not():
    long, short = (
        course(Run(DeliverStage(CHANNELS), subscribed()), {"retry_after": s}, {})[0] for s in (7200.0, 0.001)
    )
    assert long.next_try == 100 + 7_200_000
    assert short.next_try == 100 + backoff("d", 1)


def test_a_wish_to_wait_past_the_end_gives_up_at_once():
    (only,) = course(Run(DeliverStage(CHANNELS), subscribed()), {"retry_after": GIVE_UP_AFTER / 1000 + 1})
    assert only.outcome == "given up"


def test_each_attempt_has_a_name_of_its_own_and_the_delivery_keeps_its_own():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run(answered(first), now=200)
    (tick,) = run.rows.due(10**12, 10)
    (second,) = run(tick, now=tick.due).requests
    assert (first.id, second.id) == ("d/1", "d/2")
    assert asked_for(first).outbound == asked_for(second).outbound


def test_an_attempt_goes_where_the_subscription_points_by_then():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    assert asked_for(first).destination == Destination("webhook", "https://example.org/hook", {"secret": "env:S"})
    run(answered(first), now=200)
    run.views = subscribed(channel=Destination("webhook", "https://example.org/moved", {"secret": "env:OTHER"}))
    (tick,) = run.rows.due(10**12, 10)
    (second,) = run(tick, now=tick.due).requests
    assert asked_for(second).destination == Destination("webhook", "https://example.org/moved", {"secret": "env:OTHER"})


def test_a_subscription_that_is_removed_between_attempts_ends_them():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run(answered(first), now=200)
    run.views = {"subscriptions": {}}
    (tick,) = run.rows.due(10**12, 10)
    (done,) = said(run(tick, now=tick.due))
    assert (done.outcome, done.attempt) == ("given up", 1)
    assert list(run.rows.items("attempts")) == []


def test_an_attempt_that_flies_while_its_subscription_is_removed_still_says_how_it_ended():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run.views = {"subscriptions": {}}
    assert [d.outcome for d in said(run(answered(first, taken=True, status=200)))] == ["delivered"]


def test_each_attempt_says_when_the_alert_was_seen_tagged_raised_sent_and_answered():
    one = msgspec.structs.replace(alert(), first_seen=10, tagged_at=20, alerted_at=30)
    for out, prompt in ((one, True), (msgspec.structs.replace(one, seq=1, kind="update"), False)):
        made = Outbound(delivery="d", subscription="s", revision=1, alert=out, why="w", at=40)
        run = Run(DeliverStage(CHANNELS), subscribed())
        (request,) = run(Record("outbox", 0, 0, "s", encode(made)), now=50).requests
        (done,) = said(run(answered(request, taken=True, status=200), now=60))
        assert (done.first_seen, done.tagged_at, done.alerted_at, done.sent_at, done.at) == (10, 20, 30, 40, 60)
        assert done.prompt == prompt


def test_an_event_and_a_digest_have_no_times_of_an_alert():
    event = HealthEvent(subject="f", kind="feed gone", message="m", at=5)
    for of in ({"event": event}, {"alerts": (alert(), alert(1)), "held": True}):
        made = Outbound(delivery="d", subscription="s", revision=1, why="w", at=40, **of)
        run = Run(DeliverStage(CHANNELS), subscribed())
        (request,) = run(Record("outbox", 0, 0, "s", encode(made)), now=50).requests
        (done,) = said(run(answered(request, taken=True, status=200), now=60))
        times = (done.first_seen, done.tagged_at, done.alerted_at, done.sent_at, done.prompt)
        assert times == (0, 0, 0, 40, False)


def test_deliveries_do_not_wait_for_each_other():
    run = Run(DeliverStage(CHANNELS), subscribed())
    first, second = run(outbound("d1"), outbound("d2")).requests
    run(answered(first), now=200)
    (done,) = said(run(answered(second, taken=True, status=200), now=201))
    assert (done.delivery, done.outcome, [key for key, _ in run.rows.items("attempts")]) == ("d2", "delivered", ["d1"])


def test_what_is_given_back_from_dead_is_tried_from_the_beginning():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (request,) = run(outbound(topic="retry.deliver")).requests
    assert request.id == "d/1"


def test_a_delivery_that_ends_in_the_batch_in_which_its_time_comes_harms_nobody():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run(answered(first), now=200)
    (tick,) = run.rows.due(10**12, 10)
    run.views = {"subscriptions": {}}
    effects = run(outbound(), tick, now=tick.due)
    assert ([d.outcome for d in said(effects)], effects.requests) == (["given up"], [])


@given(st.text(min_size=1, max_size=8), st.integers(1, 10_000))
def test_the_wait_is_the_same_for_ever_never_shorter_than_before_until_the_hour_and_bounded(delivery, tried):
    full = min(LONGEST_WAIT, FIRST_WAIT << min(tried - 1, 20))
    wait = backoff(delivery, tried)
    assert full // 2 <= wait <= full <= LONGEST_WAIT
    assert wait == backoff(delivery, tried)
    if FIRST_WAIT << tried <= LONGEST_WAIT:
        assert backoff(delivery, tried + 1) >= wait


def test_deliveries_that_failed_together_do_not_come_back_together():
    assert len({backoff(f"d{n}", 5) for n in range(50)}) > 40


def test_a_receiver_that_is_gone_ends_its_subscription_and_operators_hear_of_it_once():
    run = Run(DeliverStage(CHANNELS), subscribed())
    first, second = run(outbound("d1"), outbound("d2")).requests
    outs = run(answered(first, status=410, gone=True, message="the receiver answered 410"), now=200).outputs
    by_topic = {out.topic: out for out in outs}
    assert [out.topic for out in outs] == ["deliveries", "events", "subscriptions", "events"]
    ended = decode(by_topic["subscriptions"].value, Subscription)
    assert (ended.id, ended.revision, ended.ended) == ("s", 2, "the receiver answered 410")
    assert "begins anew" in decode(by_topic["events"].value, HealthEvent).message
    run.views = {"subscriptions": {"s": encode(ended)}}
    assert [out.topic for out in run(answered(second, status=410, gone=True), now=201).outputs] == ["deliveries"]
    (done,) = said(run(outbound("d3"), now=202))
    assert (done.outcome, "ended" in done.message) == ("given up", True)
    assert list(run.rows.items("attempts")) == []


def test_what_waits_for_a_subscription_that_ended_is_given_up():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run(answered(first), now=200)
    run.views = subscribed(ended="the receiver answered 410")
    (tick,) = run.rows.due(10**12, 10)
    assert [d.outcome for d in said(run(tick, now=tick.due))] == ["given up"]


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webhook", "https://example.org/hook"),
        ("mail", "a@x.example,b@x.example"),
        ("apprise", "env:CHAT"),
    ],
)
def test_each_channel_is_a_kind_of_request(kind, address):
    (request,) = Run(DeliverStage(CHANNELS), subscribed(channel=Destination(kind, address)))(outbound()).requests
    asked = asked_for(request)
    assert (request.kind, asked.destination.address, asked.outbound.delivery) == (kind, address, "d")


def test_a_channel_that_is_not_there_is_given_up_with_a_sentence_and_never_mailed():
    effects = Run(DeliverStage(CHANNELS), subscribed(channel=Destination("pigeon", "coop 7")))(outbound())
    (given_up,) = said(effects)
    assert (effects.requests, given_up.outcome, given_up.channel) == ([], "given up", "none")
    assert given_up.message == f"there is no channel 'pigeon' here; there are: {', '.join(CHANNELS)}"


def test_a_delivery_follows_its_subscription_to_another_channel():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound()).requests
    run(answered(first), now=200)
    run.views = subscribed(channel=Destination("mail", "a@x.example"))
    (tick,) = run.rows.due(10**12, 10)
    (second,) = run(tick, now=tick.due).requests
    assert (first.kind, second.kind, second.id) == ("webhook", "mail", "d/2")


def test_an_attempt_of_an_alert_with_fewer_fields_is_read():
    alert_ = msgspec.to_builtins(alert())
    del alert_["rule"]
    out = {"v": 1, "delivery": "d", "subscription": "s", "revision": 1, "alert": alert_, "why": "w", "at": 1}
    run = Run(DeliverStage(CHANNELS), subscribed())
    row = msgspec.json.encode({"outbound": out, "tried": 3, "v": 1})
    run.rows.apply([Change("attempts", "d", row, due=50)])
    (request,) = run(*run.rows.due(100, 1)).requests
    assert request.id == "d/4"
