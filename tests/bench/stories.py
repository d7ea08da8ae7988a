"""How well items about one event become one story: `python -m tests.bench.stories`.

The items are those of seeds/events, each file of which has events of its own, also ones that are easily confused
(*twins*). `--events FOLDER` takes another folder's: tests/bench/events has events in one language each, by different
outlets, with look-alikes, from which nothing was learnt. `--labelled FILE` takes items as `themewire evaluate` reads
them, whose events are in tests/bench/events.tsv.
A figure is of pairs of items of one theme: of the pairs in one story how many are of one event (precision), and of the
pairs of one event how many are in one story (recall). `--fit` learns the weights anew and measures each file with the
weights and the axes (see classifiers/build/centring.py) that the others gave; else those that ship are measured.
"""

import argparse
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from classifiers.build.centring import EventTokens, discriminant_axes, scatter
from classifiers.judging.centring import shipped_centring
from deploy.running.wiring.story import make_extractor
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Record
from stream.records import Candidate, Item, Source, Tagged, encode
from stream.stories import same_event
from stream.stories.rows import Member
from stream.stories.stage import StoryStage
from tests.bench.alerted import EventItem, Reading, as_tagged, labelled, ordinary, read, written
from tests.bench.same_event import Weights, examples, fitted, with_means


def stories(items: Sequence[EventItem], order: random.Random | None = None) -> list[str]:
    """The story of each item, when they come in the order of their times, or in another one."""
    stage, rows = StoryStage(make_extractor), InMemoryRows()
    turn = sorted(range(len(items)), key=lambda at: (items[at].at, at))
    if order:
        order.shuffle(turn)
    for at in turn:
        item = items[at]
        tables = Tables(rows)
        stage.decide(tables, [Record("candidates", 0, at, item.theme, encode(candidate_of(at, item)))], item.at)
        rows.apply(tables.changes)
    members = {key: msgspec.json.decode(row, type=Member).story for key, row in rows.items("members")}
    return [members[f"{item.theme}/{at}"] for at, item in enumerate(items)]


def candidate_of(at: int, item: EventItem) -> Candidate:
    made = Item(
        id=str(at), feed=item.source, source=item.source, entry="e", revision=0, url=f"https://{at}.example/",
        title=item.title, summary=item.summary, lang=item.lang, published=item.at, date_quality="trusted",
        first_seen=item.at, baseline=False,
    )  # fmt: skip
    tagged = Tagged(
        item=made, themes={item.theme: 0.9}, tags=(item.theme,), decision="tagged", reasons=(), model="m",
        sources=(Source(item.source, made.url, made.id),),
    )  # fmt: skip
    return Candidate(
        theme=item.theme, stands=True, tagged=tagged, vectors=dict(item.vectors), token_vectors=item.token_vectors
    )


@contextmanager
def _weights(other: Weights | None) -> Iterator[None]:
    """Other weights than those that ship, for a while."""
    before = same_event.WEIGHTS
    same_event.WEIGHTS = other or before
    try:
        yield
    finally:
        same_event.WEIGHTS = before


@dataclass
class Pairs:
    """Counts of pairs, all and without those of twins."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    wrong_twins: int = 0
    across: int = 0
    across_missed: int = 0

    def count(self, items: Sequence[EventItem], found: Sequence[str]) -> None:
        """Adds the pairs of these items."""
        for (one, here), (other, there) in itertools.combinations(list(zip(items, found, strict=True)), 2):
            if one.theme != other.theme or one.file != other.file:
                continue
            if one.event == other.event:
                self.right += here == there
                self.missed += here != there
                if one.lang != other.lang:
                    self.across += here == there
                    self.across_missed += here != there
            elif here == there:
                twins = abs(one.twin - other.twin) == 1
                self.wrong_twins += twins
                self.wrong += not twins

    def row(self, name: str) -> str:
        """The figures as a line."""
        precision = self.right / max(1, self.right + self.wrong + self.wrong_twins)
        apart = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        across = self.across / max(1, self.across + self.across_missed)
        return f"{name:14}{precision:>11.3f}{apart:>16.3f}{recall:>9.3f}{across:>19.3f}{self.right + self.missed:>8}"


HEADER = f"{'items':14}{'precision':>11}{'without twins':>16}{'recall':>9}{'across languages':>19}{'pairs':>8}"


def main() -> None:
    """Prints the table, and with `--fit` the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--labelled", type=Path, metavar="FILE")
    parser.add_argument("--events", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    readings = by_file(read(written(asked.events)))
    weights: dict[str, Weights] = {}
    seen = {name: as_tagged(found, shipped_centring()) for name, found in readings.items()}
    if asked.fit:
        seen, weights = without_each(readings, as_tagged(read(ordinary()), shipped_centring()))
        print("\n".join(f'    "{name}": {each},' for name, each in weights[""].items()))
    print(HEADER)
    everything, another = Pairs(), Pairs()
    for name, items in seen.items():
        pairs = Pairs()
        with _weights(weights.get(name)):
            found = stories(items)
            for counted in (pairs, everything):
                counted.count(items, found)
            another.count(items, stories(items, random.Random(7)))
        print(pairs.row(name))
    print(everything.row("all"))
    print(another.row("another order"))
    if asked.labelled:
        items = as_tagged(read(labelled(asked.labelled)), shipped_centring())
        pairs = Pairs()
        with _weights(weights.get("")):
            pairs.count(items, stories(items))
        print(pairs.row(asked.labelled.stem))


def by_file(readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    """The items of each file."""
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.item.file, []).append(reading)
    return found


def without_each(
    readings: Mapping[str, list[Reading]], plain: Sequence[EventItem]
) -> tuple[dict[str, list[EventItem]], dict[str, Weights]]:
    """Each file's items as seen along axes that the other files gave, and the weights that those gave; `""` is all."""
    chance = random.Random(3)
    ships = shipped_centring()
    parts = {name: scatter(_tokens(found), ships.tokens, ships.axes) for name, found in readings.items()}
    seen = {}
    for name, found in readings.items():
        axes = discriminant_axes([part for other, part in parts.items() if other != name])
        seen[name] = as_tagged(found, ships._replace(axes=axes.astype(np.float32)))
    mean_similarity = with_means(plain, chance)
    rows = {name: list(examples(with_means(items, chance), mean_similarity, chance)) for name, items in seen.items()}
    names = [*seen, ""]
    return seen, {name: fitted([row for other in rows if other != name for row in rows[other]]) for name in names}


def _tokens(readings: Sequence[Reading]) -> list[EventTokens]:
    return [EventTokens(item.event, item.lang, tokens) for item, tokens in readings]


if __name__ == "__main__":
    main()
