"""The demo's world: after its first items it goes on for hours, an item every 15 to 25 seconds.

    events × outlets    each event of seeds/events is reported by several outlets, in several languages, minutes apart
    ordinary items      of none of the themes, composed
    corrections         an entry gets another title some minutes later
    troubles            one outlet fails every so often and comes back, another one falls silent

What feeds have is a function of the seed and of the seconds since the start, and of nothing else.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import cycle, zip_longest
from random import Random

import msgspec

from seeds import package_text
from seeds.demo_items import DemoFeed, DemoItem
from seeds.events import EventReport, load_events

__all__ = ["TICKER", "World", "load_world"]

GAP = (15.0, 25.0)  # seconds between two items
FIRST = 20.0  # seconds: until then the demo's first items come alone
APART = (45.0, 300.0)  # seconds between two outlets that report one event
ORDINARY_EACH = 5  # of so many items one is of no event
CORRECTED_EACH = 12  # so many items one is corrected, after CORRECTED_AFTER seconds
CORRECTED_AFTER = (60.0, 240.0)
NUMBERS_FROM = 10_000  # of items: those of demo.toml come before
WINDOW = 30  # items of a feed, since a site's feed has the newest only

FAILING = "knotenpunkt"  # fails for FAILS seconds, from the given moment of each period on
FAILS = (360.0, 540.0, 1800.0)
TICKER = "parts-ticker"  # brings something every half a minute, and then for long nothing
TICKS = (30.0, 300.0, 2400.0)  # seconds between, for so long, in each period
LASTS = 8 * 3600.0
# Languages, and those whose outlets have something in them as well.
GUESTS = (("pt", "es"), ("es", "pt"), ("el", "it"), ("it", "el"), ("la", "it"), ("la", "el"), ("sa", "id"))


@dataclass(frozen=True, slots=True)
class _Published:
    """An item, from `at` on, and with another title from `corrected` on (seconds; None for never)."""

    at: float
    item: DemoItem
    title: str = ""
    corrected: float | None = None


@dataclass(frozen=True)
class World:
    """What each feed has when: `feeds` are all outlets, those of the demo with their first items."""

    feeds: tuple[DemoFeed, ...]
    _published: Mapping[str, Sequence[_Published]]

    def items(self, feed: str, elapsed: float) -> tuple[DemoItem, ...]:
        """Return the newest items of an outlet as they stand `elapsed` seconds after the start, oldest first."""
        there = [each for each in self._published.get(feed, ()) if each.at <= elapsed][-WINDOW:]
        return tuple(_as_of(each, elapsed) for each in there)

    def changed(self, feed: str, elapsed: float) -> float:
        """Return when, in seconds after the start, an outlet last brought or corrected something; 0 for not yet."""
        moments = [m for each in self._published.get(feed, ()) for m in (each.at, each.corrected) if m is not None]
        return max((moment for moment in moments if moment <= elapsed), default=0.0)

    def fails(self, feed: str, elapsed: float) -> bool:
        """Return whether an outlet's server fails at the moment."""
        begin, end, period = FAILS
        return feed == FAILING and begin <= elapsed % period < end

    def find(self, number: int, elapsed: float) -> DemoItem | None:
        """Return the item of this number as it stands."""
        found = (each for published in self._published.values() for each in published if each.item.number == number)
        return next((_as_of(each, elapsed) for each in found), None)


class _Ordinary(msgspec.Struct, frozen=True):
    lang: str
    firms: tuple[str, ...]
    places: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


class _Outlet(msgspec.Struct, frozen=True):
    name: str
    title: str
    format: str
    lang: str


class _Table(msgspec.Struct, frozen=True):
    """The tables of world.toml."""

    outlet: tuple[_Outlet, ...]
    ordinary: tuple[_Ordinary, ...]
    corrected: dict[str, str]
    left_out: frozenset[str]


_Slot = tuple[float, str, EventReport]  # at, outlet, what it writes


def load_world(feeds: Sequence[DemoFeed], seed: int = 1) -> World:
    """Return the world of these outlets and those of world.toml; the same for the same seed."""
    table = msgspec.toml.decode(package_text("world.toml"), type=_Table)
    outlets = (*feeds, *(DemoFeed(each.name, each.title, each.format, each.lang) for each in table.outlet))
    random = Random(seed)
    slots = sorted([*_stream(table, outlets, random), *_ticks(table, random)], key=lambda slot: slot[:2])
    published: dict[str, list[_Published]] = {}
    for number, (at, outlet, report) in enumerate(slots, start=NUMBERS_FROM):
        item = DemoItem(number, outlet, report.lang, report.title, report.summary, -at / 60, True, report.theme or None)
        made = _Published(at, item)
        if number % CORRECTED_EACH == 0:
            later = at + random.uniform(*CORRECTED_AFTER)
            made = _Published(at, item, f"{table.corrected[report.lang]}: {report.title}", later)
        published.setdefault(outlet, []).append(made)
    return World(outlets, published)


def _as_of(published: _Published, elapsed: float) -> DemoItem:
    corrected = published.corrected is not None and published.corrected <= elapsed
    return replace(published.item, title=published.title) if corrected else published.item


def _stream(table: _Table, outlets: Sequence[DemoFeed], random: Random) -> Iterator[_Slot]:
    """The items of the main stream, in the order of their times."""
    desks = {lang: list(names) for lang, names in _desks(outlets).items()}
    reporters: dict[str, set[str]] = {}
    events, ordinary = _events(table.left_out, random), _ordinary(table.ordinary, random)
    waiting: list[tuple[float, int, EventReport]] = []  # what other outlets will report, by when
    at, number = FIRST, 0
    while at < LASTS:
        number += 1
        if number % ORDINARY_EACH == 0:
            report = next(ordinary)
        elif waiting and waiting[0][0] <= at:
            report = heapq.heappop(waiting)[2]
        else:
            report, *others = next(events)
            due = at
            for place, other in enumerate(others):
                due += random.uniform(*APART)
                heapq.heappush(waiting, (due, number * 100 + place, other))
        known = reporters.setdefault(report.event, set()) if report.event else set()
        yield at, _desk(desks[report.lang], known), report
        at += random.uniform(*GAP)


def _desk(waiting: list[str], reporters: set[str]) -> str:
    """Whose turn it is among the outlets of a language; one that has reported the event lets another one go first."""
    outlet = min(waiting, key=lambda name: name in reporters)
    waiting.remove(outlet)
    waiting.append(outlet)
    reporters.add(outlet)
    return outlet


def _ticks(table: _Table, random: Random) -> Iterator[_Slot]:
    """What the ticker brings before it falls silent, again and again."""
    gap, lasts, period = TICKS
    ordinary = _ordinary([row for row in table.ordinary if row.lang == "en"], random)
    for began in range(0, int(LASTS), int(period)):
        for tick in range(1, int(lasts / gap)):
            yield began + tick * gap, TICKER, next(ordinary)


def _desks(outlets: Sequence[DemoFeed]) -> Mapping[str, Sequence[str]]:
    """The outlets that write in each language: its own, and those that take in another one."""
    of: dict[str, list[str]] = {}
    for outlet in outlets:
        for lang in (outlet.lang, *(guest for guest, home in GUESTS if home == outlet.lang)):
            if outlet.name != TICKER:
                of.setdefault(lang, []).append(outlet.name)
    return of


def _events(left_out: Set[str], random: Random) -> Iterator[Sequence[EventReport]]:
    """Each event's versions in the order in which outlets report it; the themes take turns."""
    events: dict[str, list[EventReport]] = {}
    for report in load_events():
        if report.event not in left_out:
            events.setdefault(report.event, []).append(report)
    themes: dict[str, list[Sequence[EventReport]]] = {}
    for versions in events.values():
        themes.setdefault(versions[0].theme, []).append(sorted(versions, key=lambda report: report.published))
    for each in themes.values():
        random.shuffle(each)
    return cycle([event for turn in zip_longest(*themes.values()) for event in turn if event])


def _ordinary(rows: Sequence[_Ordinary], random: Random) -> Iterator[EventReport]:
    """Items of no theme, in one language after the other."""
    for row in cycle(rows):
        words = {"firm": random.choice(row.firms), "place": random.choice(row.places), "n": random.randrange(12, 990)}
        title, summary = (text.format(**words) for text in random.choice(row.texts))
        yield EventReport(row.lang, title, summary)
