"""A turn ends in time however long a record takes, and comes forward whatever the time."""

from hypothesis import given
from hypothesis import strategies as st

from stream.engine.pace import MOST, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def turn(pace: Pace, clock: Clock, records: list[int], cost: float, fixed: float = 0.0) -> list[list[int]]:
    """The pieces of one turn in which each record takes so many seconds, and each piece some more."""
    assert pace.begin([0]) == [0]
    pieces = []
    for piece in pace.pieces(0, records):
        clock.now += fixed + cost * len(piece)
        pieces.append(list(piece))
    return pieces


@given(cost=st.floats(0.001, 3.0), count=st.integers(1, 400))
def test_all_come_through_in_order_in_turns_that_end_in_time(cost, count):
    clock = Clock()
    pace = Pace(2.0, clock)
    left = list(range(count))
    while left:
        began = clock.now
        taken = [each for piece in turn(pace, clock, left, cost) for each in piece]
        assert taken == left[: len(taken)]
        assert taken  # it comes forward
        assert clock.now - began <= 6.0 + cost  # the last piece may begin just before the end
        left = left[len(taken) :]


def test_what_is_cheap_comes_in_large_pieces():
    clock = Clock()
    pace = Pace(2.0, clock)
    sizes = [len(piece) for piece in turn(pace, clock, list(range(5000)), 0.0001)]
    assert sizes[:4] == [1, 2, 4, 8]
    assert max(sizes) == MOST
    assert sum(sizes) == 5000


def test_a_cost_of_each_piece_does_not_make_them_small():
    clock = Clock()
    pace = Pace(2.0, clock)
    for _ in range(20):
        last = turn(pace, clock, list(range(400)), 0.002, fixed=1.2)
    assert max(len(piece) for piece in last) > 200


def test_after_a_refusal_it_begins_with_one_record():
    clock = Clock()
    pace = Pace(2.0, clock)
    turn(pace, clock, list(range(500)), 0.0001)
    pace.slow_down()
    assert len(turn(pace, clock, list(range(500)), 0.0001)[0]) == 1


def test_no_partition_starves_where_a_turn_comes_to_one_of_them_only():
    clock = Clock()
    pace = Pace(2.0, clock)
    served = []
    for _ in range(6):
        for partition in pace.begin([4, 1, 2]):
            for _ in pace.pieces(partition, ["record"]):
                served.append(partition)
                clock.now += 3.0
    assert served == [1, 2, 4, 1, 2, 4]
