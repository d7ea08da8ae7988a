"""The open items that are kept: every decision is the one from scratch, and only the nearest are looked at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.engine.derived import Kept
from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Record
from stream.records import Candidate, encode
from stream.stories import open_items
from stream.stories.features import FeatureExtractor
from stream.stories.open_items import OpenTheme
from stream.stories.open_stories import LOOKED_AT, OpenStoryIndex
from stream.stories.rows import Open
from stream.stories.stage import StoryStage
from stream.units import HOUR
from tests.bench.open_items import START, candidates
from tests.stream.stories.words import extractor


class Stories:
    """The stage over time, with kept states as the worker keeps them."""

    def __init__(self) -> None:
        self.stage, self.rows, self.kept = StoryStage(extractor), InMemoryRows(), Kept()

    def decide(self, events: list[Event], now: int, kept: bool = True) -> Effects:
        return self.stage.decide(Tables(self.rows, kept=self.kept if kept else None), events, now)

    def commit(self, effects: Effects) -> None:
        self.rows.apply(effects.changes)
        self.kept.committed(effects.changes)


def record(number: int, candidate: Candidate) -> Record:
    return Record("candidates", 0, number, candidate.theme, encode(candidate))


def row_of(candidate: Candidate, known: str = "all") -> Open:
    """The open item that is a story of its own; of its vectors `all` are known, `nothing`, or `no token vectors`."""
    item = candidate.tagged.item
    return Open(
        story=item.id,
        item=item.id,
        at=item.published,
        begun=item.published,
        title=item.title,
        summary=item.summary,
        lang=item.lang,
        vectors=candidate.vectors if known != "nothing" else {},
        token_vectors=candidate.token_vectors if known == "all" else b"",
    )


# How many are decided together, whether that is committed, and how many hours pass.
COURSE = st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 60)), min_size=3, max_size=12)


@given(COURSE, st.integers(0, 5), st.booleans())
@settings(max_examples=15, deadline=None)
def test_decisions_are_those_from_scratch(course, seed, few):
    with pytest.MonkeyPatch.context() as patch:
        if few:  # so that few items are more than are looked at, and than are in the sample
            patch.setattr(open_items, "SAMPLE", 3)
            patch.setattr("stream.stories.open_stories.LOOKED_AT", 4)
        stories, coming, now = Stories(), candidates(60, seed), START
        for number, (count, lands, hours) in enumerate(course):
            events: list[Event] = [record(number, one) for one in (next(coming) for _ in range(count))]
            now += hours * HOUR
            events += stories.rows.due(now, 3)
            found = stories.decide(events, now)
            assert found == stories.decide(events, now, kept=False)
            if lands:
                stories.commit(found)


class Counting(FeatureExtractor):
    """Counts the texts of which features are made."""

    def __init__(self) -> None:
        super().__init__(["An ordinary text of a day"])
        self.made = 0
        self.features = self.counted

    def counted(self, title: str, summary: str, lang: str):
        self.made += 1
        return self._features(title, summary, lang)


def test_of_many_open_items_only_the_nearest_are_looked_at_closely():
    opened, own = OpenTheme(), Counting()
    index = OpenStoryIndex(opened, own)
    rows = [row_of(each) for each in candidates(400)]
    for row in rows[:-2]:
        opened.put(row.item, row)
    index.assign(rows[-1])
    first = own.made
    index.assign(rows[-2])
    assert own.made - first < 2 * LOOKED_AT < 398  # of the item itself: what was made of the others is kept
