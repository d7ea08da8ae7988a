"""A stage's time: forward by small steps, and never a captive of a clock that was wrong."""

from hypothesis import given
from hypothesis import strategies as st

from stream.engine.clock import JUMP_MS, StageClock

SPANS = st.integers(0, 3_600_000)
STEPS = st.integers(-400 * 86_400_000, 400 * 86_400_000)


class World:
    """Time as it passes, and a wall clock that is off."""

    def __init__(self) -> None:
        self.passed, self.off = 0, 0

    def wall(self) -> int:
        return 1_700_000_000_000 + self.passed + self.off

    def monotonic(self) -> float:
        return self.passed / 1000


@given(st.lists(st.tuples(SPANS, STEPS), max_size=30))
def test_it_is_never_more_than_a_minute_ahead_of_the_wall_clock_and_goes_back_at_a_jump_only(moves):
    world = World()
    clock = StageClock(world.wall, world.monotonic)
    clock.look()
    for span, step in moves:
        before = clock.now
        world.passed += span
        world.off += step
        jumped = clock.look()
        assert bool(jumped) == (abs(step) >= JUMP_MS)
        assert abs(jumped - step) <= 1 if jumped else True
        assert clock.now >= world.wall()
        assert clock.now - world.wall() < JUMP_MS * (1 + len(moves))
        assert jumped or clock.now >= before


def test_without_a_jump_it_follows_the_wall_clock():
    world = World()
    clock = StageClock(world.wall, world.monotonic)
    for _ in range(100):
        world.passed += 977
        assert clock.look() == 0
        assert clock.now == world.wall()
