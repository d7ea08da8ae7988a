"""The rate limits: an interval between two starts of a key, so many at once, and nobody waits who need not."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stream.engine.rate_limits import MAX_KEYS, LimitedQueue, Rate

GAP, WIDTH = 2.0, 2


def taken(queue: LimitedQueue[int], now: float) -> list[tuple[str, int]]:
    found = []
    while (each := queue.take(now)) is not None:
        found.append(each)
    return found


def test_without_limits_all_begin_at_once_in_their_order():
    queue: LimitedQueue[int] = LimitedQueue()
    for n in range(5):
        queue.put("", n)
    assert taken(queue, 0.0) == [("", n) for n in range(5)]


def test_a_key_starts_one_in_an_interval_and_others_do_not_wait_for_it():
    queue: LimitedQueue[int] = LimitedQueue()
    for n, name in enumerate("aaab"):
        queue.put(name, n, Rate(2.0))
    assert taken(queue, 10.0) == [("a", 0), ("b", 3)]
    assert (taken(queue, 11.9), queue.next_at(), len(queue)) == ([], 12.0, 2)
    assert taken(queue, 12.0) == [("a", 1)]
    assert taken(queue, 100.0) == [("a", 2)]
    assert queue.next_at() is None


def test_after_a_rest_some_start_together_and_the_rate_is_kept_from_then_on():
    queue: LimitedQueue[int] = LimitedQueue()
    for n in range(8):
        queue.put("a", n, Rate(2.0, 3))
    begun: list[float] = []
    for now in (0.0, 1.9, 2.0, 4.0, 10.0, 12.0):
        begun += [now] * len(taken(queue, now))
    assert begun == [0.0, 0.0, 0.0, 2.0, 4.0, 10.0, 10.0, 10.0]


@given(st.floats(0.1, 9), st.integers(1, 9), st.lists(st.floats(0, 20), max_size=40), st.floats(0, 60))
def test_in_no_window_do_more_start_than_the_rate_allows(interval, burst, pauses, window):
    queue: LimitedQueue[int] = LimitedQueue()
    begun, now = [], 0.0
    for pause in pauses:
        now += pause
        queue.put("a", 0, Rate(interval, burst))
        begun += [now] * len(taken(queue, now))
    while (at := queue.next_at()) is not None:
        begun += [at] * len(taken(queue, at))
    assert len(begun) == len(pauses)
    for first in begun:
        assert sum(first <= each < first + window for each in begun) <= burst + window / interval + 1e-6


def test_a_key_that_is_full_waits_for_one_to_end():
    queue: LimitedQueue[int] = LimitedQueue(concurrency=2)
    for n in range(4):
        queue.put("a", n)
    assert taken(queue, 0.0) == [("a", 0), ("a", 1)]
    assert queue.next_at() is None
    queue.done("a", 1.0)
    assert taken(queue, 1.0) == [("a", 2)]


def test_what_is_dropped_does_not_begin():
    queue: LimitedQueue[int] = LimitedQueue()
    for n in range(6):
        queue.put("ab"[n % 2], n)
    queue.drop(lambda n: n < 4)
    assert (len(queue), sorted(n for _, n in taken(queue, 0.0))) == (2, [4, 5])


def test_keys_at_rest_do_not_pile_up():
    queue: LimitedQueue[int] = LimitedQueue()
    for n in range(MAX_KEYS + 10):
        queue.put(str(n), n, Rate(1.0))
        queue.take(float(n))
        queue.done(str(n), float(n))
    assert len(queue._keys) <= MAX_KEYS + 1


@given(st.lists(st.sampled_from("abc"), max_size=50))
def test_nothing_is_lost_and_each_key_keeps_its_order(names):
    queue: LimitedQueue[int] = LimitedQueue()
    for n, name in enumerate(names):
        queue.put(name, n, Rate(1.0, 1 + ord(name) % 3))
    found: list[tuple[str, int]] = []
    while (at := queue.next_at()) is not None:
        found += taken(queue, at)
    for name in "abc":
        assert [n for key, n in found if key == name] == [n for n, each in enumerate(names) if each == name]


class Anybody(RuleBasedStateMachine):
    """Whatever the order of events: the interval and the limit hold, and who may begin does."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: LimitedQueue[int] = LimitedQueue(WIDTH)
        self.now = 0.0
        self.begun: dict[str, float] = {}
        self.working: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()

    @rule(name=st.sampled_from("abc"))
    def put(self, name: str) -> None:
        self.queue.put(name, 0, Rate(GAP))
        self.waiting[name] += 1

    @rule(seconds=st.floats(0, 3))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def take(self) -> None:
        for name, _ in taken(self.queue, self.now):
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
            self.queue.done(name, self.now)
            self.working[name] -= 1

    @invariant()
    def never_more_than_so_many(self) -> None:
        assert max(self.working.values(), default=0) <= WIDTH
        assert len(self.queue) == sum(self.waiting.values())


TestAnybody = Anybody.TestCase
