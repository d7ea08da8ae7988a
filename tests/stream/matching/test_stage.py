"""The match stage: who is sent what, whatever course an alert takes; `test_stages.py` has the common cases."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.log.records import Record
from stream.matching.messages import delivery_id
from stream.matching.stage import MatchStage
from stream.records import Alert, Destination, HealthEvent, Outbound, Subscription, decode, encode
from tests.stream.stories.test_stages import Run, alert

WEBHOOK = Destination("webhook", "https://example.org/h")


def subscription(name: str = "s", **of) -> Subscription:
    made = {"revision": 1, "themes": ("t",), "threshold": 0.5, "channel": WEBHOOK}
    return Subscription(id=name, **{**made, **of})


def views(*subscriptions: Subscription) -> dict[str, dict[str, bytes]]:
    return {"subscriptions": {s.id: encode(s) for s in subscriptions}}


def sent(run: Run, *alerts: Alert) -> list[Outbound]:
    outs = [out for a in alerts for out in run(Record("alerts.t", 0, 0, a.story, encode(a))).outputs]
    assert all(out.topic == "outbox" for out in outs)
    return [decode(out.value, Outbound) for out in outs]


def test_each_subscription_gets_its_own_outbound_by_its_own_key():
    run = Run(MatchStage(("t",)), views(subscription("a"), subscription("b"), subscription("c", themes=("u",))))
    outs = run(Record("alerts.t", 0, 0, "s", encode(alert()))).outputs
    assert [out.key for out in outs] == ["a", "b"]
    assert len({decode(out.value, Outbound).delivery for out in outs}) == 2


def test_a_subscription_that_cannot_be_read_keeps_nothing_from_the_others():
    run = Run(MatchStage(("standards",)))
    run.views = {"subscriptions": {**views(subscription("good"))["subscriptions"], "bad": b'{"id": 7}'}}
    assert [out.subscription for out in sent(run, alert())] == ["good"]
    with pytest.raises(msgspec.MsgspecError):  # the record itself is a dead one
        run(Record("subscriptions", 0, 0, "bad", b'{"id": 7}'))


def test_the_threshold_itself_is_enough():
    run = Run(MatchStage(("t",)), views(subscription(threshold=0.9)))
    assert [out.alert.id for out in sent(run, alert(probability=0.8999), alert(1, probability=0.9))] == [alert().id]


def test_an_update_that_reaches_the_threshold_is_the_first_that_is_sent():
    run = Run(MatchStage(("t",)), views(subscription(updates=False)))
    course = [alert(0, "new", 0.2), alert(1, "update", 0.8), alert(2, "update", 0.9), alert(3, "retracted", 0.1)]
    assert [o.alert.seq for o in sent(run, *course)] == [1, 3]


def test_what_was_unsure_is_sent_once_somebody_is_sure():
    run = Run(MatchStage(("t",)), views(subscription(threshold=0.0), subscription("curious", unsure=True)))
    first, later = replace(alert(0, "new", 0.7), sure=False), alert(1, "update", 1.0)
    assert [(o.subscription, o.alert.seq) for o in sent(run, first, later)] == [
        ("curious", 0),
        ("curious", 1),
        ("s", 1),
    ]


def test_who_subscribes_later_hears_no_retraction_of_what_was_never_sent():
    run = Run(MatchStage(("t",)), views())
    assert sent(run, alert()) == []
    run.views = views(subscription())
    assert sent(run, alert(1, "retracted")) == []


def test_a_subscription_that_was_removed_is_sent_nothing_more():
    run = Run(MatchStage(("t",)), views(subscription()))
    assert len(sent(run, alert())) == 1
    run.views = views()
    assert sent(run, alert(1, "retracted")) == []


def test_an_event_goes_to_the_operators_who_asked_for_its_kind():
    asked = [subscription("a", themes=(), events=("feed failing",)), subscription("b", events=("all",))]
    event = HealthEvent(subject="f", kind="feed failing", message="it was healthy", at=7)
    ids = []
    for topic in ("events", "retry.match"):
        run = Run(MatchStage(("t",)), views(*asked, subscription("c"), subscription("d", events=("feed gone",))))
        outs = run(Record(topic, 0, 0, "f", encode(event))).outputs
        found = [decode(out.value, Outbound) for out in outs]
        assert [(out.subscription, out.event, out.alert) for out in found] == [("a", event, None), ("b", event, None)]
        assert all("feed failing" in out.why for out in found)
        ids.append([out.delivery for out in found])
        assert sent(run, alert())
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_an_event_that_several_processes_say_is_sent_once():
    run = Run(MatchStage(("t",)), views(subscription("b", events=("all",))))
    event = HealthEvent(subject="models/m", kind="model refused", message="damaged", at=7)
    assert [len(run(Record("events", 0, n, "m", encode(event))).outputs) for n in range(3)] == [1, 0, 0]
    later = msgspec.structs.replace(event, at=8)
    assert len(run(Record("events", 0, 3, "m", encode(later))).outputs) == 1


def test_the_delivery_id_is_stable_and_each_part_of_it_counts():
    assert delivery_id("s", "a", 1) == delivery_id("s", "a", 1)
    assert (
        len({delivery_id("s", "a", 1), delivery_id("s", "a", 2), delivery_id("s", "b", 1), delivery_id("r", "a", 1)})
        == 4
    )


COURSE = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["new", "update", "retracted"]), st.sampled_from([0.2, 0.9])),
    max_size=12,
)


@given(COURSE, st.booleans())
def test_whatever_comes_nothing_is_sent_twice_and_a_retraction_only_after_the_alert(course, updates):
    alerts = [alert(seq, kind, probability) for seq, kind, probability in course]
    outs = sent(Run(MatchStage(("t",)), views(subscription(updates=updates))), *alerts)
    seqs = [o.alert.seq for o in outs]
    assert seqs == sorted(set(seqs))
    assert len({o.delivery for o in outs}) == len(outs)
    if outs:
        assert outs[0].alert.kind != "retracted"
        told = [o for o in outs if o.alert.kind != "retracted"]
        assert all(o.alert.probability >= 0.5 for o in told)
        assert updates or len(told) == 1


def test_fields_that_an_alert_gains_later_are_no_hindrance():
    run = Run(MatchStage(("t",)), views(subscription()))
    more = msgspec.json.encode({**msgspec.to_builtins(alert()), "added_later": True})
    assert len(run(Record("alerts.t", 0, 0, "s", more)).outputs) == 1


def test_a_subscription_that_ended_is_sent_nothing_until_a_person_begins_it_anew():
    run = Run(MatchStage(("t",)), views(subscription(ended="the receiver answered 410")))
    assert sent(run, alert()) == []
    run.views = views(subscription(revision=3))
    assert [out.alert.seq for out in sent(run, alert(1, "update"))] == [1]


@pytest.mark.parametrize(
    ("threshold", "why"),
    [
        (0.0, "this subscription asks for t"),
        (0.5, "this subscription asks for t with a probability of at least 0.50, and this has 0.90"),
    ],
)
def test_why_something_is_sent_is_said_in_plain_words(threshold, why):
    run = Run(MatchStage(("t",)), {"subscriptions": {"s": encode(subscription("s", threshold=threshold))}})
    (out,) = [
        decode(out.value, Outbound)
        for out in run(Record("alerts.t", 0, 0, "a", encode(alert(probability=0.9)))).outputs
        if out.topic == "outbox"
    ]
    assert out.why == why
