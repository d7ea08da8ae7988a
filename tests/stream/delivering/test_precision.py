"""How often alerts were right, counted from what was sent, what arrived and what was answered."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.delivering.precision import Precision, precisions, week_of, wilson
from stream.records import Alert, Delivery, Label, Outbound, Source
from tests.stream.stories.test_stages import alert, item


def at(*day: int) -> int:
    return int(datetime(*day, tzinfo=UTC).timestamp() * 1000)


MONDAY = at(2026, 2, 9)  # of week 7


def told(name: str, seq: int = 0, kind: str = "new", theme: str = "t", items: tuple[str, ...] = ()) -> Alert:
    sources = tuple(Source("Feed", "", one) for one in items or (f"item of {name}",))
    return msgspec.structs.replace(alert(seq, kind), id=name, theme=theme, sources=sources)


def sent(delivery: str, *alerts: Alert, to: str = "team", test: bool = False) -> Outbound:
    of = {"alert": alerts[0]} if len(alerts) == 1 else {"alerts": alerts}
    return Outbound(delivery=delivery, subscription=to, revision=1, why="w", at=1, test=test, **of)


def arrived(delivery: str, moment: int = MONDAY, outcome: str = "delivered", to: str = "team") -> Delivery:
    return Delivery(
        delivery=delivery, subscription=to, alert="", seq=0, attempt=1, outcome=outcome, status=200, message="",
        at=moment,
    )  # fmt: skip


def said(right: bool, of: str = "a", who: str = "subscription team", moment: int = 1, **more) -> Label:
    word = {"yes": ("t",)} if right else {"no": ("t",)}
    made = Label(id=f"{of}{right}{who}{moment}", item=item(), who=who, origin="link", at=moment, **word)
    return msgspec.structs.replace(made, item=msgspec.structs.replace(item(), id=f"item of {of}"), **more)


def counted(outs, deliveries, labels=(), since: str = "2026-W01", to: str = "team") -> list[tuple[str, int, int, int]]:
    rows = precisions(outs, deliveries, labels, since)
    return [(row.week, row.delivered, row.right, row.wrong) for row in rows if row.subscription == to]


def test_an_alert_counts_in_the_week_in_which_it_was_first_delivered_and_only_once():
    outs = [sent("d0", told("a")), sent("d1", told("a", 1, "update")), sent("d2", told("a", 2, "retracted"))]
    deliveries = [
        arrived("d1", at(2026, 2, 16)),
        arrived("d0", MONDAY - 1, "failed"),
        arrived("d0", MONDAY),
        arrived("d2", at(2026, 2, 17)),
    ]
    assert counted(outs, deliveries, [said(True)]) == [("2026-W07", 1, 1, 0)]


def test_what_did_not_arrive_and_what_was_a_test_count_nothing():
    outs = [sent("d0", told("a")), sent("d1", told("b"), test=True), sent("d2", told("c"))]
    deliveries = [arrived("d0", outcome="failed"), arrived("d1"), arrived("d2", outcome="given up")]
    assert counted(outs, deliveries, [said(True)]) == []


def test_each_alert_of_a_digest_counts():
    assert counted([sent("d", told("a"), told("b"))], [arrived("d")], [said(False, "b")]) == [("2026-W07", 2, 0, 1)]


def test_the_last_word_counts_and_none_that_was_undone():
    outs, deliveries = [sent("d", told("a"))], [arrived("d")]
    first, second = said(True), said(False, moment=2)
    undo = Label(id="u", item=second.item, who="ann", origin="api", at=3, undoes=second.id)
    for labels, (right, wrong) in (
        ([first, first], (1, 0)),
        ([first, second], (0, 1)),
        ([first, second, undo], (1, 0)),
        ([second, undo], (0, 0)),
    ):
        assert counted(outs, deliveries, labels) == [("2026-W07", 1, right, wrong)]


def test_only_words_by_link_of_those_who_got_it_count():
    outs, deliveries = [sent("d", told("a"))], [arrived("d")]
    for other in (
        said(True, who="subscription other"),
        said(True, origin="api"),
        said(True, yes=("u",)),
        said(True, "b"),
    ):
        assert counted(outs, deliveries, [other]) == [("2026-W07", 1, 0, 0)]


def test_of_an_alert_with_several_items_the_latest_word_on_any_counts():
    outs = [
        sent("d0", told("a", items=("item of a",))),
        sent("d1", told("a", 1, "update", items=("item of a", "item of b"))),
    ]
    labels = [said(True, "b", moment=5), said(False, "a", moment=6)]
    assert counted(outs, [arrived("d0"), arrived("d1")], labels) == [("2026-W07", 1, 0, 1)]


def test_themes_and_subscriptions_have_rows_of_their_own_and_a_theme_one_for_all():
    outs = [sent("d0", told("a")), sent("d1", told("a"), to="other"), sent("d2", told("a2", theme="u"))]
    deliveries = [arrived("d0"), arrived("d1", to="other"), arrived("d2")]
    rows = precisions(outs, deliveries, [said(True), said(False, who="subscription other")], "2026-W07")
    assert rows[0] == Precision("2026-W07", "t", "", 2, 1, 1, 0.5, *wilson(1, 2))
    assert [(row.theme, row.subscription, row.delivered, row.precision) for row in rows] == [
        ("t", "", 2, 0.5),
        ("t", "other", 1, 0.0),
        ("t", "team", 1, 1.0),
        ("u", "", 1, None),
        ("u", "team", 1, None),
    ]


def test_earlier_weeks_are_left_out():
    outs = [sent("d0", told("a")), sent("d1", told("b"))]
    deliveries = [arrived("d0", MONDAY - 1), arrived("d1", MONDAY)]
    assert [week for week, *_ in counted(outs, deliveries)] == ["2026-W06", "2026-W07"]
    assert [week for week, *_ in counted(outs, deliveries, since="2026-W07")] == ["2026-W07"]


@pytest.mark.parametrize(
    ("day", "week"), [((2026, 1, 1), "2026-W01"), ((2027, 1, 3), "2026-W53"), ((2024, 12, 30), "2025-W01")]
)
def test_weeks_are_those_of_iso_8601(day, week):
    assert week_of(at(*day)) == week


@pytest.mark.parametrize(
    ("good", "of", "low", "high"),
    [(0, 1, 0.0, 0.7935), (1, 1, 0.2065, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_wilsons(good, of, low, high):
    assert wilson(good, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 10**6), st.data())
def test_the_interval_holds_the_share_and_mirrors(of, data):
    good = data.draw(st.integers(0, of))
    low, high = wilson(good, of)
    assert 0 <= low <= good / of + 1e-12
    assert good / of - 1e-12 <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(wilson(of - good, of), abs=1e-9)
