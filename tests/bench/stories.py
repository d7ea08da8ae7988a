"""How well items that tell of one event become one story: `python -m tests.bench.stories [--fit] [--labelled FILE]`.

The items are those of tests/data/stories, each file of which has events of its own, also ones that are easily confused
(*twins*); `--labelled FILE` takes items as `themewire evaluate` reads them, whose events are in tests/bench/events.tsv.
A figure is of pairs of items of one theme: of the pairs in one story how many are of one event (precision), and of the
pairs of one event how many are in one story (recall). `--fit` learns the weights anew and measures each file with those
of the others; else the weights that ship are measured.
"""

import argparse
import hashlib
import itertools
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from classifiers.judging.encoders import Encoders
from classifiers.judging.features import stack
from classifiers.judging.meaning import meaning
from classifiers.judging.model import from_bytes
from classifiers.judging.phrases import phrases_of
from classifiers.judging.text import Text, line
from classifiers.labels.collected import Labels
from deploy.places import clock
from deploy.settings import Settings
from deploy.wiring import make_marker, make_trainer
from seeds.statements import load_statements
from stream.records import Candidate, Item, Source, Tagged, encode
from stream.rows import MemoryRows
from stream.stage import Record, Tables
from stream.stories import sameness
from stream.stories.meaning import Meanings
from stream.stories.phrases import Phrases, generality
from stream.stories.rows import Member
from stream.stories.shelf import WINDOW
from stream.stories.stage import SUMMARY_CHARACTERS, StoryStage

DATA = Path(__file__).parents[1] / "data" / "stories"
EVENTS = Path(__file__).with_name("events.tsv")
DAY = 86_400_000
FOLD = 10 * DAY  # each file's events are laid over each other in so many days, as in a busy theme
TWINS, ORDINARY = 6.0, 0.04  # weights in the fit: a wrong join costs an alert, and one of twins is what happens
MOST_OPEN = 60  # items with which others are compared to see how general they are
STATEMENTS = 40  # of ordinary news of the theme, that each story is held against in the fit


Weights = Mapping[str, tuple[float, float, float]]
Example = tuple[list[float], bool, float]  # evidence, whether it is one event, and its weight


@dataclass(frozen=True)
class Told:
    """An item with the event that it tells of; `twin` numbers events so that neighbours may be confused."""

    file: str
    event: str
    twin: int
    theme: str
    lang: str
    source: str
    at: int
    title: str
    summary: str
    copy: str = ""
    vectors: Mapping[str, bytes] = field(default_factory=dict)
    phrases: bytes = b""
    general: float = 0.0


class _Row(msgspec.Struct):
    event: str
    theme: str
    lang: str
    source: str
    published: str
    title: str
    summary: str
    copy: str = ""


class _Gold(msgspec.Struct):
    id: str
    lang: str
    title: str
    summary: str
    themes: tuple[str, ...]


def written() -> list[Told]:
    """The items of tests/data/stories."""
    found = []
    for path in sorted(DATA.glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            row = msgspec.json.decode(text, type=_Row)
            at = int(datetime.fromisoformat(row.published).timestamp() * 1000) % FOLD
            number = int(row.event.partition("-")[2])
            made = (path.stem, row.event, number, row.theme, row.lang, row.source, at, row.title, row.summary, row.copy)
            found.append(Told(*made))
    return found


def labelled(path: Path) -> list[Told]:
    """Labelled items with the events of events.tsv, which begin at chance times; what is doubtful is left out."""
    rows = [text.split("\t") for text in EVENTS.read_text(encoding="utf-8").splitlines()]
    events = {row[0]: row[1] for row in rows}
    doubtful = {row[0] for row in rows if row[2:] == ["?"]}
    gold = [msgspec.json.decode(text, type=_Gold) for text in path.read_text(encoding="utf-8").splitlines()]
    return [
        Told(
            path.stem,
            event,
            number * 2,
            theme,
            row.lang,
            row.id,
            some_time(event) % FOLD + some_time(row.id) % DAY,
            *texts,
        )
        for number, row in enumerate(gold)
        for event, texts in [(events.get(row.id, row.id), (row.title, row.summary))]
        for theme in row.themes
        if row.id not in doubtful
    ]


def ordinary() -> Iterator[Told]:
    """The statements that ship, each of which is of an event of its own."""
    for one in load_statements():
        for theme in one.themes:
            yield Told("", one.id, 0, theme, one.lang, "", 0, one.title, one.summary)


def some_time(text: str) -> int:
    """A time that is as good as any."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def with_vectors(items: Sequence[Told]) -> list[Told]:
    """The items as the tagger would hand them on, if it tagged them."""
    model = from_bytes(make_trainer(Settings()).train(Labels((), {}), None, [], clock(), lambda _: None).data)
    head, encoders = model.heads[-1], Encoders()
    found = []
    for item in items:
        clean = line(Text(item.title, item.summary, item.lang))
        vectors = meaning(head, stack(head.encoders, [clean], encoders), item.lang)
        found.append(replace(item, vectors=vectors, phrases=phrases_of(clean, item.lang)))
    return found


def with_generality(items: Sequence[Told], chance: random.Random) -> list[Told]:
    """The items with how general they are among those of their theme that came before, or among some where none did."""
    found = []
    for item in items:
        others = [other for other in items if other.theme == item.theme and other is not item]
        before = [other for other in others if 0 <= item.at - other.at <= WINDOW] if item.file else others
        some = chance.sample(before, min(len(before), MOST_OPEN))
        likenesses = Phrases([other.phrases for other in some]).likeness(item.phrases)
        found.append(replace(item, general=generality(likenesses)))
    return found


def stories(items: Sequence[Told], order: random.Random | None = None) -> list[str]:
    """The story of each item, when they come in the order of their times, or in another one."""
    stage, rows = StoryStage(make_marker), MemoryRows()
    turn = sorted(range(len(items)), key=lambda at: (items[at].at, at))
    if order:
        order.shuffle(turn)
    for at in turn:
        item = items[at]
        tables = Tables(rows)
        stage.decide(tables, [Record("candidates", 0, at, item.theme, encode(_candidate(at, item)))], item.at)
        rows.apply(tables.changes)
    members = {key: msgspec.json.decode(row, type=Member).story for key, row in rows.items("members")}
    return [members[f"{item.theme}/{at}"] for at, item in enumerate(items)]


def _candidate(at: int, item: Told) -> Candidate:
    made = Item(
        id=str(at), feed=item.source, source=item.source, entry="e", revision=0, url=f"https://{at}.example/",
        title=item.title, summary=item.summary, lang=item.lang, published=item.at, date_quality="trusted",
        first_seen=item.at, baseline=False,
    )  # fmt: skip
    tagged = Tagged(
        item=made, themes={item.theme: 0.9}, tags=(item.theme,), decision="tagged", reasons=(), model="m",
        sources=(Source(item.source, made.url, made.id),),
    )  # fmt: skip
    return Candidate(theme=item.theme, stands=True, tagged=tagged, vectors=dict(item.vectors), phrases=item.phrases)


@contextmanager
def _weights(other: Weights | None) -> Iterator[None]:
    """Other weights than those that ship, for a while."""
    before = sameness.WEIGHTS
    sameness.WEIGHTS = other or before
    try:
        yield
    finally:
        sameness.WEIGHTS = before


@dataclass
class Pairs:
    """Counts of pairs, all and without those of twins."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    wrong_twins: int = 0
    across: int = 0
    across_missed: int = 0

    def count(self, items: Sequence[Told], found: Sequence[str]) -> None:
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


def examples(items: Sequence[Told], plain: Sequence[Told], chance: random.Random) -> Iterator[Example]:
    """Evidence for each item and each story that is open when it comes, whether it is of it, and a weight."""
    by_theme = defaultdict(list)
    for item in sorted(items, key=lambda item: item.at):
        by_theme[item.theme].append(item)
    others = defaultdict(list)
    for item in plain:
        others[item.theme].append(item)
    for theme, told in by_theme.items():
        events: dict[str, list[Told]] = {}
        for item in told:
            for event, members in events.items():
                if min(abs(item.at - member.at) for member in members) <= WINDOW:
                    twin = event != item.event and abs(members[0].twin - item.twin) == 1
                    yield pieces(item, members), event == item.event, TWINS if twin else 1.0
            events.setdefault(item.event, []).append(item)
        for members in events.values():
            some = members[: chance.randint(1, len(members))]
            for item in chance.sample(others[theme], STATEMENTS):
                yield pieces(item, some), False, ORDINARY
                yield pieces(members[0], [item]), False, ORDINARY
    for told in others.values():
        for item in told:  # by chance: the nearest may be written on one subject, which twins stand for already
            for other in chance.sample(told, 10):
                if other is not item:
                    yield pieces(item, [other]), False, ORDINARY


def pieces(item: Told, members: Sequence[Told]) -> list[float]:
    """The evidence, as the stage would have it."""
    marker = make_marker()
    marks = [marker.marks(one.title, one.summary[:SUMMARY_CHARACTERS], one.lang) for one in (item, *members)]
    cosines = Meanings([one.vectors for one in members]).cosines(item.vectors)
    likenesses = Phrases([one.phrases for one in members]).likeness(item.phrases)
    alike = [
        sameness.Alike(cosine, likeness, (one.general + item.general) / 2)
        for one, cosine, likeness in zip(members, cosines, likenesses, strict=True)
    ]
    found = sameness.evidence(marks[0], marks[1:], sameness.nearest(alike), marker)
    return [float(piece) for piece in found.values()]


def fitted(rows: Sequence[Example]) -> Weights:
    """Weights of three logistic regressions, for the evidence as it is: with all, without phrases, without vectors."""
    names = list(sameness.WEIGHTS)[:-1]
    matrix = np.array([row for row, _, _ in rows])[:, :-1]
    columns = []
    for unknown in ((), ("phrases",), ("phrases", "meaning")):
        scale, learner = StandardScaler(), LogisticRegression(max_iter=2000)
        scaled = scale.fit_transform(matrix * [name not in unknown for name in names])
        learner.fit(scaled, [same for _, same, _ in rows], [weight for _, _, weight in rows])
        weights = learner.coef_[0] / scale.scale_
        constant = learner.intercept_[0] - weights @ scale.mean_
        columns.append([round(float(weight), 3) for weight in (*weights, constant)])
    return dict(zip([*names, "constant"], zip(*columns, strict=True), strict=True))


def main() -> None:
    """Prints the table, and with `--fit` the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--labelled", type=Path, metavar="FILE")
    asked = parser.parse_args()
    told = with_vectors(written())
    chance = random.Random(3)
    files = {
        name: with_generality([item for item in told if item.file == name], chance)
        for name in sorted({item.file for item in told})
    }
    weights: dict[str, Weights] = {}
    if asked.fit:
        plain = with_generality(with_vectors(list(ordinary())), chance)
        rows = {name: list(examples(items, plain, chance)) for name, items in files.items()}
        for name in [*files, ""]:
            weights[name] = fitted([row for other, found in rows.items() if other != name for row in found])
        print("\n".join(f'    "{name}": {pair},' for name, pair in weights[""].items()))
    print(HEADER)
    everything, another = Pairs(), Pairs()
    for name, items in files.items():
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
        items = with_vectors(labelled(asked.labelled))
        pairs = Pairs()
        with _weights(weights.get("")):
            pairs.count(items, stories(items))
        print(pairs.row(asked.labelled.stem))


if __name__ == "__main__":
    main()
