"""What is given up is told: to operators, and to the fallback; at most once an hour, and in no circle."""

import msgspec

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.stage import GIVE_UP_AFTER, DeliverStage
from stream.log.records import Record
from stream.matching.send_time import HOUR
from stream.matching.stage import MatchStage
from stream.records import GIVEN_UP, HealthEvent, Outbound, Subscription, decode, encode
from tests.stream.delivering.test_stage import answered, outbound, subscribed
from tests.stream.matching.test_stage import subscription, views
from tests.stream.stories.test_stages import Run, alert

LATE = GIVE_UP_AFTER + 200


def events(effects) -> list[HealthEvent]:
    return [decode(out.value, HealthEvent) for out in effects.outputs if out.topic == "events"]


def given_up(run: Run, delivery: str, now: int = LATE) -> list[HealthEvent]:
    """What is said when this delivery fails, days after it was decided on."""
    (request,) = run(outbound(delivery), now=now).requests
    return events(run(answered(request, message="the receiver answered 500"), now=now))


def test_a_delivery_that_is_given_up_is_an_event_that_says_what_and_how_to_send_it_again():
    (told,) = given_up(Run(DeliverStage(CHANNELS), subscribed()), "d1")
    assert (told.subject, told.kind, told.at) == ("subscriptions/s", GIVEN_UP, LATE)
    for part in ("the alert 'T'", "the receiver answered 500", "deliveries again d1"):
        assert part in told.message


def test_one_that_is_tried_again_is_none():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (request,) = run(outbound()).requests
    assert events(run(answered(request), now=200)) == []


def test_within_an_hour_more_are_counted_and_told_when_it_is_over():
    run = Run(DeliverStage(CHANNELS, width=4), subscribed())
    flying = run(*(outbound(f"d{n}") for n in range(4)), now=LATE).requests
    told = [events(run(answered(request), now=LATE)) for request in flying]
    assert [len(each) for each in told] == [1, 0, 0, 0]
    assert run.rows.next_due() == LATE + HOUR
    (more,) = events(run(*run.rows.due(LATE + HOUR, 10), now=LATE + HOUR))
    assert more.message.startswith("3 more, the last: the alert 'T'")
    assert "deliveries again d3" in more.message
    assert given_up(run, "d4", LATE + HOUR + 1) == []
    (last,) = events(run(*run.rows.due(LATE + 2 * HOUR, 10), now=LATE + 2 * HOUR))
    assert last.message.startswith("the alert 'T'")
    assert events(run(*run.rows.due(LATE + 3 * HOUR, 10), now=LATE + 3 * HOUR)) == []
    assert (run.rows.next_due(), list(run.rows.items("give_ups"))) == (None, [])
    assert len(given_up(run, "d5", LATE + 4 * HOUR)) == 1


def test_each_subscription_has_an_hour_of_its_own():
    other = encode(msgspec.structs.replace(decode(subscribed()["subscriptions"]["s"], Subscription), id="r"))
    run = Run(DeliverStage(CHANNELS), {"subscriptions": {**subscribed()["subscriptions"], "r": other}})
    of_r = Outbound(delivery="d2", subscription="r", revision=1, alerts=(alert(), alert(1)), why="w", at=100)
    first, second = run(outbound("d1"), Record("outbox", 0, 1, "r", encode(of_r)), now=LATE).requests
    told = events(run(answered(first), answered(second), now=LATE))
    assert [event.subject for event in told] == ["subscriptions/s", "subscriptions/r"]
    assert "a digest of 2 alerts" in told[1].message


def test_what_an_ended_subscription_misses_is_told_and_what_a_removed_one_does_is_not():
    (told,) = events(Run(DeliverStage(CHANNELS), subscribed(ended="the receiver answered 410"))(outbound()))
    assert "410" in told.message
    assert events(Run(DeliverStage(CHANNELS), {"subscriptions": {}})(outbound())) == []


def test_this_word_itself_makes_no_other_when_it_is_lost():
    event = HealthEvent(subject="subscriptions/x", kind=GIVEN_UP, message="m", at=1)
    out = Outbound(delivery="d", subscription="s", revision=1, event=event, why="w", at=100)
    run = Run(DeliverStage(CHANNELS), subscribed())
    (request,) = run(Record("outbox", 0, 0, "s", encode(out)), now=LATE).requests
    effects = run(answered(request), now=LATE)
    assert [out.topic for out in effects.outputs] == ["deliveries"]


def matched(*subscriptions: Subscription, **of) -> list[Outbound]:
    event = HealthEvent(**{"subject": "subscriptions/a", "kind": GIVEN_UP, "message": "m", "at": 7, **of})
    run = Run(MatchStage(("t",)), views(*subscriptions))
    effects = [run(Record("events", 0, n, event.subject, encode(event))) for n in range(2)]
    return [decode(out.value, Outbound) for each in effects for out in each.outputs]


def test_the_fallback_is_sent_it_once_also_for_one_that_has_ended():
    for of in ({}, {"ended": "the receiver answered 410"}):
        (out,) = matched(subscription("a", fallback="b", **of), subscription("b"), subscription("c"))
        assert (out.subscription, out.why) == ("b", "this subscription is the fallback of a")
    (once,) = matched(subscription("a", fallback="b"), subscription("b", events=("all",)))
    assert once.subscription == "b"


def test_a_fallback_hears_of_nothing_else():
    both = (subscription("a", fallback="b"), subscription("b"))
    assert matched(*both, kind="subscription ended") == []
    assert matched(*both, subject="subscriptions/c") == []
    assert matched(subscription("a", fallback="b"), subscription("b", ended="gone")) == []
    assert matched(subscription("a", fallback="gone"), subscription("b")) == []
