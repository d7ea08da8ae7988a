"""Who may begin: a gap between two of a lane, so many at once, and nobody waits who need not."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stream.engine.rate_limits import MOST_LANES, Lanes

GAP, WIDTH = 2.0, 2


def taken(lanes: Lanes[int], now: float) -> list[tuple[str, int]]:
    found = []
    while (each := lanes.take(now)) is not None:
        found.append(each)
    return found


def test_without_limits_all_begin_at_once_in_their_order():
    lanes: Lanes[int] = Lanes()
    for n in range(5):
        lanes.put("", n)
    assert taken(lanes, 0.0) == [("", n) for n in range(5)]


def test_a_lane_begins_one_a_gap_and_others_do_not_wait_for_it():
    lanes: Lanes[int] = Lanes(gap=2.0)
    for n, name in enumerate("aaab"):
        lanes.put(name, n)
    assert taken(lanes, 10.0) == [("a", 0), ("b", 3)]
    assert (taken(lanes, 11.9), lanes.next_at(), len(lanes)) == ([], 12.0, 2)
    assert taken(lanes, 12.0) == [("a", 1)]
    assert taken(lanes, 100.0) == [("a", 2)]
    assert lanes.next_at() is None


def test_a_lane_that_is_full_waits_for_one_to_end():
    lanes: Lanes[int] = Lanes(width=2)
    for n in range(4):
        lanes.put("a", n)
    assert taken(lanes, 0.0) == [("a", 0), ("a", 1)]
    assert lanes.next_at() is None
    lanes.done("a", 1.0)
    assert taken(lanes, 1.0) == [("a", 2)]


def test_what_is_dropped_does_not_begin():
    lanes: Lanes[int] = Lanes()
    for n in range(6):
        lanes.put("ab"[n % 2], n)
    lanes.drop(lambda n: n < 4)
    assert (len(lanes), sorted(n for _, n in taken(lanes, 0.0))) == (2, [4, 5])


def test_lanes_at_rest_do_not_pile_up():
    lanes: Lanes[int] = Lanes(gap=1.0)
    for n in range(MOST_LANES + 10):
        lanes.put(str(n), n)
        lanes.take(float(n))
        lanes.done(str(n), float(n))
    assert len(lanes._lanes) <= MOST_LANES + 1


@given(st.lists(st.sampled_from("abc"), max_size=50))
def test_nothing_is_lost_and_each_lane_keeps_its_order(names):
    lanes: Lanes[int] = Lanes(gap=1.0)
    for n, name in enumerate(names):
        lanes.put(name, n)
    found: list[tuple[str, int]] = []
    while (at := lanes.next_at()) is not None:
        found += taken(lanes, at)
    for name in "abc":
        assert [n for lane, n in found if lane == name] == [n for n, each in enumerate(names) if each == name]


class Anybody(RuleBasedStateMachine):
    """Whatever the order of events: the gap and the width hold, and who may begin does."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes: Lanes[int] = Lanes(GAP, WIDTH)
        self.now = 0.0
        self.begun: dict[str, float] = {}
        self.working: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()

    @rule(name=st.sampled_from("abc"))
    def put(self, name: str) -> None:
        self.lanes.put(name, 0)
        self.waiting[name] += 1

    @rule(seconds=st.floats(0, 3))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        for name, _ in taken(self.lanes, self.now):
            assert self.now - self.begun.get(name, -GAP) >= GAP
            self.begun[name] = self.now
            self.working[name] += 1
            self.waiting[name] -= 1
        may = [
            name
            for name in "abc"
            if self.waiting[name] and self.working[name] < WIDTH and self.now - self.begun.get(name, -GAP) >= GAP
        ]
        assert not may

    @rule(name=st.sampled_from("abc"))
    def end(self, name: str) -> None:
        if self.working[name]:
            self.lanes.done(name, self.now)
            self.working[name] -= 1

    @invariant()
    def never_more_than_so_many(self) -> None:
        assert max(self.working.values(), default=0) <= WIDTH
        assert len(self.lanes) == sum(self.waiting.values())


TestAnybody = Anybody.TestCase
