"""The demo's world: what it brings when, to whom, and that it is the same each time."""

import json
from collections import Counter, defaultdict
from importlib.resources import files
from itertools import pairwise

import pytest

from seeds.demo import load_demo
from seeds.demo_items import DemoItem
from seeds.themes import load_themes
from seeds.world import TICKER, load_world

LANGUAGES = {"en", "de", "fr", "es", "pt", "it", "fi", "ru", "el", "ja", "ko", "zh", "id", "la", "sa"}
HOURS = 8 * 3600
WORLD = load_world(load_demo())
EVENTS = {
    row["title"]: row["event"]
    for path in files("seeds").joinpath("events").iterdir()
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
}
NAMES = [feed.name for feed in WORLD.feeds]


def history(name: str, world=WORLD, until: int = HOURS) -> list[tuple[float, DemoItem]]:
    """What an outlet brings, and when (s), as one sees who looks every five seconds."""
    found: dict[int, tuple[float, DemoItem]] = {}
    for now in range(0, until, 5):
        for item in world.items(name, now):
            found.setdefault(item.number, (now, item))
    return list(found.values())


@pytest.fixture(scope="module")
def brought() -> dict[str, list[tuple[float, DemoItem]]]:
    return {name: history(name) for name in NAMES}


def test_there_are_hundreds_of_different_items_of_every_theme_and_of_none_in_all_languages(brought):
    items = [item for of in brought.values() for _, item in of]
    assert len({item.title for item in items if item.theme}) > 800
    assert {item.theme for item in items} == {None, *(theme.id for theme in load_themes())}
    assert {item.lang for item in items} == LANGUAGES
    assert min(Counter(item.theme for item in items).values()) > 150


def test_something_comes_every_15_to_25_seconds_for_hours(brought):
    times = sorted(at for name, of in brought.items() if name != TICKER for at, _ in of)
    assert times[0] >= 20
    assert times[-1] > HOURS - 60
    assert all(later - earlier <= 30 for earlier, later in pairwise(times))  # seen in steps of 5
    assert 15 <= HOURS / len(times) <= 25


def test_one_minute_seldom_passes_without_something_of_a_theme(brought):
    times = sorted(at for of in brought.values() for at, item in of if item.theme)
    assert all(later - earlier <= 65 for earlier, later in pairwise(times))


def test_outlets_tell_of_one_event_one_after_the_other_in_several_languages():
    tellings = defaultdict(list)
    for name in NAMES:
        for number, item in ((item.number, item) for _, item in history(name, until=2 * 3600) if item.theme):
            tellings[EVENTS[item.title]].append((number, name, item.lang))
    several = [sorted(told) for told in tellings.values() if len(told) > 1]
    assert len(several) > 40
    assert all(len({name for _, name, _ in told}) > 1 for told in several)
    assert sum(len({lang for _, _, lang in told}) > 1 for told in several) > 30


def test_what_the_ticker_brings_ends_and_begins_again(brought):
    times = [at for at, _ in brought[TICKER]]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert Counter(gap > 600 for gap in gaps)[True] >= 3
    assert sorted(gaps)[len(gaps) // 2] == 30


def test_the_same_seed_gives_the_same_world_and_another_one_another():
    again, other = load_world(load_demo()), load_world(load_demo(), seed=2)
    for now in (0, 1000, 20_000):
        assert all(WORLD.items(name, now) == again.items(name, now) for name in NAMES)
    assert any(WORLD.items(name, 1000) != other.items(name, 1000) for name in NAMES)


def test_nothing_is_there_before_its_time_and_its_number_stays():
    assert not any(WORLD.items(name, 19) for name in NAMES)
    numbers = [item.number for name in NAMES for _, item in history(name, until=3600)]
    assert len(set(numbers)) == len(numbers)
    assert not set(numbers) & {item.number for feed in load_demo() for item in feed.items}


def test_what_changes_is_dated_by_when_it_did():
    for name in NAMES:
        before = (WORLD.items(name, 0), WORLD.changed(name, 0))
        for now in range(5, 3600, 5):
            after = (WORLD.items(name, now), WORLD.changed(name, now))
            assert after[1] <= now
            assert (before[0] == after[0]) == (before[1] == after[1])
            before = after
