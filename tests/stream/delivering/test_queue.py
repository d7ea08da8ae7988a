"""Whose turn it is: a receiver that fails is tried by one at a time, words come in order, and nobody is forgotten."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.stage import GIVE_UP_AFTER, DeliverStage
from stream.engine.stage import Effects, Request
from stream.units import DAY
from tests.stream.delivering.test_stage import answered, asked_for, outbound, said, subscribed
from tests.stream.stories.test_stages import Run


def due(run: Run) -> tuple[int, Effects]:
    """Goes to the next due row: that time, and what it comes to."""
    now = run.rows.next_due()
    assert now is not None
    return now, run(*run.rows.due(now, 1000), now=now)


def ring(run: Run) -> tuple[int, list[Request]]:
    """Goes to the next due row: that time, and what is then asked for."""
    now, effects = due(run)
    return now, list(effects.requests)


def names(requests) -> list[str]:
    return [asked_for(request).outbound.delivery for request in requests]


def started(run: Run, count: int) -> list[Request]:
    return list(run(*(outbound(f"d{n}") for n in range(count))).requests)


def left(run: Run) -> dict[str, list]:
    tables = ("attempts", "queues", "slots", "alert_order")
    return {table: found for table in tables if (found := list(run.rows.items(table)))}


def test_so_many_fly_and_each_that_comes_back_lets_the_next_go():
    run = Run(DeliverStage(CHANNELS, width=3), subscribed())
    flying = started(run, 5)
    assert names(flying) == ["d0", "d1", "d2"]
    more = run(answered(flying[1], taken=True), now=200).requests
    assert names(more) == ["d3"]


def test_after_a_failure_one_alone_tries_when_the_time_has_come_and_each_time_another():
    run = Run(DeliverStage(CHANNELS, width=2), subscribed())
    flying = started(run, 6)
    assert run(answered(flying[0]), answered(flying[1]), now=200).requests == []
    tried, before = [], 200
    while len(tried) < 4:
        now, asked = ring(run)
        if asked:  # else one that failed stands in line again, since its own time has come
            assert now - before >= (5000 << len(tried))
            assert len(asked) == 1
            tried, before = tried + names(asked), now
            assert run(answered(asked[0]), now=now).requests == []
    assert tried == ["d2", "d3", "d4", "d5"]


def test_a_receiver_that_heals_takes_all_that_waits():
    run = Run(DeliverStage(CHANNELS, width=2), subscribed())
    flying = started(run, 20)
    run(*map(answered, flying), now=200)
    done, now, flying = [], 200, []
    while left(run):
        if not flying:
            now, flying = ring(run)
            continue
        flight = flying.pop(0)
        done += names([flight])
        flying += run(answered(flight, taken=True), now=now).requests
        assert len(flying) <= 2
    assert sorted(done) == sorted(f"d{n}" for n in range(20))


def test_one_that_takes_a_delivery_and_wants_a_pause_gets_nothing_until_then_and_then_all():
    run = Run(DeliverStage(CHANNELS, width=2), subscribed())
    flying = started(run, 4)
    assert run(answered(flying[0], taken=True, retry_after=3.0), now=200).requests == []
    assert run(answered(flying[1], taken=True), now=300).requests == []  # its success does not end the pause
    assert run(outbound("late"), now=400).requests == []
    now, asked = ring(run)
    assert (now, names(asked)) == (3200, ["d2", "d3"])
    assert names(run(answered(asked[0], taken=True), now=3300).requests) == ["late"]


def test_a_pause_holds_for_what_comes_when_nothing_waits():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (only,) = started(run, 1)
    run(answered(only, taken=True, retry_after=3.0), now=200)
    assert run(outbound("late"), now=400).requests == []
    now, (late,) = ring(run)
    assert (now, names([late])) == (3200, ["late"])
    run(answered(late, taken=True), now=3300)
    assert left(run) == {}


def test_a_pause_without_reason_ends_after_a_day():
    run = Run(DeliverStage(CHANNELS), subscribed())
    run(answered(started(run, 3)[0], taken=True, retry_after=1e9), now=200)
    assert (run.rows.next_due() or 0) <= 200 + DAY


def test_failures_of_what_flew_together_count_once():
    run = Run(DeliverStage(CHANNELS, width=8), subscribed())
    run(*map(answered, started(run, 8)), now=200)
    (line,) = [msgspec.json.decode(row) for _, row in run.rows.items("queues")]
    assert (line["failures"], line["in_flight"]) == (1, [])


def test_a_message_that_is_never_taken_holds_nobody_up():
    run = Run(DeliverStage(CHANNELS, width=1), subscribed())
    asked = [*started(run, 1)]
    now, taken = 100, []
    for n in range(1, 40):
        while asked:
            flight = asked.pop()
            fine = names([flight]) != ["d0"]
            taken += names([flight]) if fine else []
            asked += run(answered(flight, taken=fine), now=now).requests
        asked += run(outbound(f"d{n}", at=now), now=now).requests
        while not asked and (due := run.rows.next_due()) is not None and due < now + 11_000:
            now, asked = ring(run)
        now += 60_000
    assert taken == [f"d{n}" for n in range(1, 39)]


def test_a_later_word_waits_for_an_earlier_one_and_other_alerts_do_not():
    run = Run(DeliverStage(CHANNELS, width=3), subscribed())
    asked = run(outbound("a0", story="a"), outbound("a1", story="a"), outbound("b0", story="b")).requests
    assert names(asked) == ["a0", "b0"]
    run(answered(asked[0]), now=200)
    run(answered(asked[1], taken=True), now=201)
    assert run(outbound("a2", story="a"), now=300).requests == []
    now, (again,) = ring(run)
    assert names([again]) == ["a0"]
    (second,) = run(answered(again, taken=True), now=now).requests
    (third,) = run(answered(second, taken=True), now=now).requests
    assert (names([second, third]), run(answered(third, taken=True), now=now).requests) == (["a1", "a2"], [])
    assert left(run) == {}


def test_a_word_that_is_given_up_lets_the_next_one_go():
    run = Run(DeliverStage(CHANNELS), subscribed())
    (first,) = run(outbound("a0", story="a"), outbound("a1", at=10**6, story="a")).requests
    late = 100 + GIVE_UP_AFTER
    assert [d.outcome for d in said(run(answered(first), now=late))] == ["given up"]
    now, (second,) = ring(run)
    assert now > late
    assert names([second]) == ["a1"]


def test_what_never_had_its_turn_is_given_up_when_its_time_is_over_and_not_before():
    run = Run(DeliverStage(CHANNELS, width=1), subscribed())
    asked = started(run, 300)
    outcomes, now = [], 200
    while asked or run.rows.next_due() is not None:
        now, effects = (now, run(answered(asked.pop()), now=now)) if asked else due(run)
        outcomes += [(now, d) for d in said(effects)]
        asked += effects.requests
    ended = {d.delivery: at for at, d in outcomes if d.outcome == "given up"}
    assert len(ended) == 300
    assert min(ended.values()) > 100 + GIVE_UP_AFTER - 2 * 3_600_000
    assert max(ended.values()) < 100 + GIVE_UP_AFTER + 2 * 3_600_000
    assert list(left(run)) == ["queues"]  # the receiver is not forgotten: what comes next tries it, alone


def test_after_days_without_us_each_delivery_still_has_its_try_though_one_of_them_fails():
    run = Run(DeliverStage(CHANNELS, width=1), subscribed())
    now = 100 + 2 * GIVE_UP_AFTER
    (first,) = run(*(outbound(f"d{n}") for n in range(9)), now=now).requests
    assert [d.outcome for d in said(run(answered(first), now=now))] == ["given up"]
    now, asked = ring(run)
    for n in range(1, 9):
        (request,) = asked
        assert names(asked) == [f"d{n}"]
        asked = run(answered(request, taken=True), now=now).requests
    assert left(run) == {}


@given(
    st.lists(st.sampled_from(["new", "word", "taken", "failed", "gone by", "again"]), max_size=80), st.integers(1, 3)
)
def test_whatever_happens_nothing_is_lost_nothing_doubled_and_the_width_holds(course, width):
    run, now, made, flying, done = Run(DeliverStage(CHANNELS, width), subscribed()), 100, [], [], []

    def take(effects) -> None:
        flying.extend(effects.requests)
        assert len(flying) <= width
        assert len(set(names(flying))) == len(flying)

    def land(taken: bool) -> None:
        flight = flying.pop(0)
        done.extend(names([flight]) if taken else [])
        take(run(answered(flight, taken=taken), now=now))

    for step in [*course, *["taken", "gone by"] * 200]:
        if step in ("new", "word"):
            made.append(f"d{len(made)}")
            story = "told before" if step == "word" else made[-1]
            take(run(outbound(made[-1], at=now, story=story), now=now))
        elif step in ("taken", "failed") and flying:
            land(step == "taken")
        elif step == "again" and made:
            take(run(outbound(made[-1], story=made[-1]), now=now)) if made[-1] not in done else None
        elif step == "gone by" and (at := run.rows.next_due()) is not None:
            now = max(now, at)
            take(run(*run.rows.due(now, 1000), now=now))
    assert sorted(done) == sorted(made)
    assert left(run) == {}
