"""Requests to one host keep their distance; other hosts do not wait for them."""

import threading

import pytest

from collectors.hosts import MOST_HOSTS, HostGaps


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_each_turn_at_a_host_is_a_gap_after_the_last_one(clock):
    gaps = HostGaps(2.0, clock)
    assert [gaps.reserve("https://a.example/1"), gaps.reserve("https://a.example/2")] == [0, 2]
    clock.now += 1
    assert gaps.reserve("https://A.EXAMPLE/3") == 3
    clock.now += 100
    assert gaps.reserve("https://a.example/4") == 0


def test_hosts_do_not_wait_for_each_other(clock):
    gaps = HostGaps(2.0, clock)
    assert [gaps.reserve(f"https://{name}.example/") for name in "abcab"] == [0, 0, 0, 2, 2]


def test_who_asks_does_not_make_it_another_host(clock):
    gaps = HostGaps(2.0, clock)
    assert [gaps.reserve("https://user:pw@a.example/"), gaps.reserve("https://a.example/")] == [0, 2]


def test_without_a_gap_nobody_waits(clock):
    gaps = HostGaps(0, clock)
    assert [gaps.reserve("https://a.example/") for _ in range(3)] == [0, 0, 0]


def test_threads_get_turns_of_their_own(clock):
    gaps = HostGaps(1.0, clock)
    turns: list[float] = []
    threads = [threading.Thread(target=lambda: turns.append(gaps.reserve("https://a.example/"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [float(n) for n in range(20)]


def test_hosts_whose_turn_is_over_are_forgotten(clock):
    gaps = HostGaps(1.0, clock)
    for number in range(MOST_HOSTS):
        gaps.reserve(f"https://{number}.example/")
    assert gaps.reserve("https://0.example/") == 1
    clock.now += 10
    gaps.reserve("https://new.example/")
    assert len(gaps._next) == 1


def test_closing_ends_a_wait(clock):
    gaps = HostGaps(3600.0, clock)
    gaps.wait("https://a.example/")
    waiter = threading.Thread(target=gaps.wait, args=("https://a.example/",))
    waiter.start()
    gaps.close()
    waiter.join(30)
    assert not waiter.is_alive()
