"""How well items about one event become one story: `python -m tests.bench.stories`.

The items are those of seeds/events, each file of which has events of its own, also ones that are easily confused
(*twins*). `--events FOLDER` takes another folder's. `--labelled FILE` takes items as `themewire evaluate` reads them,
whose events are in tests/bench/events.tsv.
A figure is of pairs of items of one theme: of the pairs in one story how many are of one event (precision), and of the
pairs of one event how many are in one story (recall); intervals are of 95 of 100 resamplings of the events. `--fit`
learns the weights anew and measures each file with the weights and the axes (see classifiers/build/centring.py) that
the others gave; else those that ship are measured. `--bar` joins from another probability than the one that ships.
"""

import argparse
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from stream.stories import relation, same_event
from stream.stories.rows import Member
from stream.stories.stage import StoryStage
from tests.bench.alerted import EventItem, Reading, as_tagged, labelled, read, written
from tests.bench.same_event import Weights, examples, fitted
from tests.bench.story_pairs import HEADER, Pair, intervals, pairs, row


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
def deciding(weights: Weights | None, bar: float) -> Iterator[None]:
    """Other weights than those that ship, and another bar, for a while."""
    before = same_event.WEIGHTS, relation.SAME_AT
    same_event.WEIGHTS, relation.SAME_AT = weights or same_event.WEIGHTS, bar
    try:
        yield
    finally:
        same_event.WEIGHTS, relation.SAME_AT = before


def main() -> None:
    """Prints the table, and with `--fit` the weights."""
    asked = _asked()
    readings = by_file(read(written(asked.events)))
    weights: dict[str, Weights] = {}
    seen = {name: as_tagged(found, shipped_centring()) for name, found in readings.items()}
    if asked.fit:
        seen, weights = without_each(readings)
        print("\n".join(f'    "{name}": {each},' for name, each in weights[""].items()))
    print(HEADER)
    everything: list[Pair] = []
    another: list[Pair] = []
    for name, items in seen.items():
        with deciding(weights.get(name), asked.bar):
            found = pairs(items, stories(items))
            everything += found
            another += pairs(items, stories(items, random.Random(7)))
        print(row(name, found), flush=True)
    print(row("all", everything))
    print(intervals(everything))
    print(row("another order", another))
    if asked.labelled:
        items = as_tagged(read(labelled(asked.labelled)), shipped_centring())
        with deciding(weights.get(""), asked.bar):
            print(row(asked.labelled.stem, pairs(items, stories(items))))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--bar", type=float, default=relation.SAME_AT)
    parser.add_argument("--labelled", type=Path, metavar="FILE")
    parser.add_argument("--events", type=Path, metavar="FOLDER")
    return parser.parse_args()


def by_file(readings: Sequence[Reading]) -> dict[str, list[Reading]]:
    """The items of each file."""
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.item.file, []).append(reading)
    return found


def without_each(
    readings: Mapping[str, list[Reading]],
) -> tuple[dict[str, list[EventItem]], dict[str, Weights]]:
    """Each file's items as seen along axes that the other files gave, and the weights that those gave; `""` is all."""
    ships = shipped_centring()
    parts = {name: scatter(_tokens(found), ships.tokens, ships.axes) for name, found in readings.items()}
    seen = {}
    for name, found in readings.items():
        axes = discriminant_axes([part for other, part in parts.items() if other != name])
        seen[name] = as_tagged(found, ships._replace(axes=axes.astype(np.float32)))
    learnt = {name: list(examples(items)) for name, items in seen.items()}
    names = [*seen, ""]
    return seen, {name: fitted({other: rows for other, rows in learnt.items() if other != name}) for name in names}


def _tokens(readings: Sequence[Reading]) -> list[EventTokens]:
    return [EventTokens(item.event, item.lang, tokens) for item, tokens in readings]


if __name__ == "__main__":
    main()
