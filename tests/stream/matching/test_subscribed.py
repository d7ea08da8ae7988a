"""Matching with what is kept of the subscriptions: as from scratch, and nobody is looked at who did not ask."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.engine.derived import Kept
from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Change, Record
from stream.matching.rows import REMEMBERED, SENT
from stream.matching.stage import MatchStage
from stream.records import GIVEN_UP, Feedback, HealthEvent, OwnTheme, encode
from tests.stream.matching.test_stage import subscription
from tests.stream.stories.test_stages import alert

DUE = 10**15


class Reads(InMemoryRows):
    """Rows that count how many are read."""

    count = 0

    def get(self, table: str, key: str) -> bytes | None:
        self.count += 1
        return super().get(table, key)

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        found = list(super().items(table, prefix))
        self.count += len(found)
        return iter(found)


class Match:
    """The stage over time, with kept states as the worker keeps them."""

    def __init__(self) -> None:
        self.stage, self.rows = MatchStage(("t", "u", "own"), live=True), Reads()
        self.views: dict[str, dict[str, bytes]] = {"subscriptions": {}, "themes": {}, "mutes": {}}
        self.kept, self.kept_views = Kept(), Kept()

    def save(self, topic: str, key: str, value: bytes | None) -> Record:
        self.views[topic].pop(key, None)
        if value is not None:
            self.views[topic][key] = value
        self.kept_views.committed([Change(topic, key, value)])
        return Record(topic, 0, 0, key, value)

    def decide(self, *events: Event, now: int = 100, kept: bool = True) -> Effects:
        states = (self.kept, self.kept_views) if kept else (None, None)
        return self.stage.decide(Tables(self.rows, self.views, (), *states), events, now)

    def __call__(self, *events: Event, now: int = 100) -> Effects:
        effects = self.decide(*events, now=now)
        self.rows.apply(effects.changes)
        self.kept.committed(effects.changes)
        return effects


NAMES = st.sampled_from("abc")
SUBSCRIPTIONS = st.builds(
    lambda themes, events, more: {"themes": themes, "events": events, **more},
    st.sampled_from([(), ("t",), ("u",), ("t", "own")]),
    st.sampled_from([(), ("all",), (GIVEN_UP,), ("x", "all")]),
    st.sampled_from([{}, {"digest": ("08:00",)}, {"fallback": "b"}, {"ended": "gone"}, {"threshold": 0.95}]),
)
BAD = b'{"id": 7}'
SAVED = st.builds(
    lambda name, of: ("subscriptions", name, encode(subscription(name, **of)) if isinstance(of, dict) else of),
    NAMES,
    st.none() | SUBSCRIPTIONS | st.just(BAD),
)
OWN = OwnTheme(id="own", name="Own", about="What is one's own", added_at=1)
THEMES = st.tuples(
    st.just("themes"), st.just("own"), st.none() | st.sampled_from([encode(OWN), encode(replace(OWN, removed_at=5))])
)
ALERTS = st.builds(
    lambda seq, kind, name, theme: (f"alerts.{theme}", encode(replace(alert(seq, kind), id=name, theme=theme))),
    st.integers(0, 3),
    st.sampled_from(["new", "update", "retracted"]),
    st.sampled_from(["a1", "a2"]),
    st.sampled_from("tu"),
)
EVENTS = st.builds(
    lambda kind, name: ("events", encode(HealthEvent(subject=f"subscriptions/{name}", kind=kind, message="m", at=1))),
    st.sampled_from([GIVEN_UP, "x", "y"]),
    NAMES,
)
FEEDBACK = st.builds(
    lambda name, right: Feedback(subscription=name, alert="a1", theme="t", item="i", right=right, at=1),
    NAMES,
    st.booleans(),
).map(lambda feedback: ("feedback", encode(feedback)))


@given(st.lists(SAVED | THEMES | ALERTS | EVENTS | FEEDBACK | st.just(DUE), max_size=25))
def test_decisions_are_those_from_scratch(course):
    match = Match()
    for now, each in enumerate(course, start=100):
        events: list[Event] = []
        if each == DUE:
            now = match.rows.next_due() or now
            events = list(match.rows.due(now, 10))
        elif len(each) == 3:
            record = match.save(*each)
            if each[0] == "subscriptions" and each[2] != BAD:
                events = [record]
        else:
            events = [Record(each[0], 0, 0, "k", each[1])]
        assert match.decide(*events, now=now) == match.decide(*events, now=now, kept=False)
        match(*events, now=now)


def crowd(match: Match, count: int, **of) -> None:
    for n in range(count):
        match.save("subscriptions", f"s{n}", encode(subscription(f"s{n}", **of)))


def reads_of(match: Match, *events: Event) -> int:
    """Rows that are read for these; the subscriptions themselves are gone, so that none can be read again."""
    match(alerted("before"))
    for name in match.views["subscriptions"]:
        match.views["subscriptions"][name] = b"not to be read"
    before = match.rows.count
    match(*events)
    return match.rows.count - before


def alerted(name: str) -> Record:
    return Record("alerts.t", 0, 0, name, encode(replace(alert(), id=name)))


def test_who_asks_for_nothing_costs_nothing():
    event = Record("events", 0, 0, "e", encode(HealthEvent(subject="x", kind="odd", message="m", at=1)))
    found = []
    for count in (1, 200):
        match = Match()
        crowd(match, count, themes=("u",))
        match.save("subscriptions", "one", encode(subscription("one")))
        found.append((reads_of(match, event), reads_of(match, alerted("later"))))
    assert found[0] == found[1]


def test_those_who_were_sent_an_alert_are_found_though_they_ask_for_it_no_more():
    match = Match()
    match.save("subscriptions", "s", encode(subscription("s")))
    match(alerted("a"))
    match.save("subscriptions", "s", encode(subscription("s", themes=("u",))))
    gone = Record("alerts.t", 0, 0, "a", encode(replace(alert(1, "retracted"), id="a")))
    assert [out.topic for out in match(gone).outputs] == ["outbox"]


def test_a_digest_reads_what_is_held_for_it_alone():
    match = Match()
    crowd(match, 30, digest=("08:00",))
    for n in range(5):
        match(alerted(f"a{n}"))
    due = match.rows.next_due()
    before = match.rows.count
    match(match.rows.due(due, 1)[0], now=due)
    assert match.rows.count - before < 30


def test_that_an_alert_was_sent_is_forgotten_after_as_long_as_its_story():
    match = Match()
    match.save("subscriptions", "s", encode(subscription("s")))
    match(alerted("a"), now=1000)
    assert [(tick.key, tick.due) for tick, _ in match.rows.armed(SENT.name)] == [("a/s", 1000 + REMEMBERED)]
    match(*match.rows.due(1000 + REMEMBERED, 10), now=1000 + REMEMBERED)
    assert list(match.rows.items(SENT.name)) == []
