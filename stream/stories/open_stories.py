"""The open items of a theme, and which of their stories another item belongs to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from stream.stories.features import FeatureExtractor, Features
from stream.stories.hubness import MEAN_COSINE, MEAN_MAXSIM, corrected, mean_similarity
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors
from stream.stories.relation import Relation, relation
from stream.stories.rows import Open
from stream.stories.same_event import (
    Similarity,
    Surroundings,
    from_one_template,
    is_copy,
    nearest,
    plain,
    same_event_probability,
    shared_words,
)
from stream.units import DAY, HOUR

__all__ = ["SPAN", "WINDOW", "Assignment", "OpenStoryIndex", "RelatedStory"]

WINDOW = 4 * DAY  # between an item and another one of its story
SPAN = 10 * DAY  # between the first and the last item of a story
LOOKED_AT = 60  # items that are nearest in meaning: of a story that they are not of, no other is


class RelatedStory(NamedTuple):
    """A story that an item is likely to belong to, but not surely enough to join it (`stream.stories.relation`)."""

    story: str
    probability: float


class Assignment(NamedTuple):
    """A member of the story to which an item belongs, None where it begins one; the item with its mean similarities.

    `related` are the stories that it might as well have belonged to, the most probable first.
    """

    member: Open | None
    item: Open
    related: tuple[RelatedStory, ...] = ()


class _Compared:
    """Some rows with what is compared of them."""

    def __init__(self, rows: Sequence[Open]) -> None:
        self._rows = rows
        self._meanings = MeaningVectors([row.vectors for row in rows])
        self._interaction = LateInteraction([row.token_vectors for row in rows])

    def similarities(self, item: Open) -> list[tuple[Open, Similarity]]:
        """Return each row with the similarity of the item to it."""
        cosines = self._meanings.cosines(item.vectors)
        similarities = self._interaction.maxsim(item.token_vectors)
        return [(row, Similarity(*each)) for row, *each in zip(self._rows, cosines, similarities, strict=True)]


class OpenStoryIndex:
    """The open items of one theme while a batch is decided; the batch changes it by `put` and `drop`."""

    def __init__(self, opened: Iterable[Open], extractor: FeatureExtractor) -> None:
        self._extractor = extractor
        self._items = {row.item: row for row in opened}
        self._indexed = [_Compared(list(self._items.values()))]
        self._late: list[Open] = []

    def put(self, row: Open) -> None:
        """An item was opened, or has another text."""
        self._items[row.item] = row
        self._late.append(row)

    def drop(self, item: str) -> None:
        """An item is open no more."""
        self._items.pop(item, None)

    def assign(self, item: Open) -> Assignment:
        """Return the story to which this item most probably belongs.

        Of stories that are as probable the one that began first, so that the order of arrival matters little.
        """
        near, item = self._near(item)
        stories = {row.story for row, _ in near}
        opened = [row for row in self._items.values() if row.item != item.item and _in_time(item, row)]
        words = self._words(item, opened)
        found = defaultdict(list)
        for row in opened:
            if row.story in stories:
                found[row.story].append(row)
        similarity = defaultdict(list)
        for row, each in near:
            similarity[row.story].append(each)
        ranked = sorted(
            (
                (self._probability(item, rows, similarity[story], words), -rows[0].begun, story)
                for story, rows in found.items()
            ),
            reverse=True,
        )
        joined = ranked[:1] if ranked and relation(ranked[0][0]) is Relation.SAME else []
        member = found[joined[0][2]][0] if joined else None
        others = [RelatedStory(story, probability) for probability, _, story in ranked[len(joined) :]]
        return Assignment(
            member, item, tuple(other for other in others if relation(other.probability) is not Relation.APART)
        )

    def copied(self, item: Open, story: str) -> str:
        """Return the first item of the story of which this one is a copy, else nothing."""
        rows = (row for row in self._items.values() if row.story == story and row.item != item.item)
        return next((row.item for row in rows if _copies(item, row) and not self._from_one_template(item, row)), "")

    def _probability(
        self, item: Open, rows: Sequence[Open], similarity: Sequence[Similarity], words: Counter[str]
    ) -> float:
        if any(self._from_one_template(item, row) for row in rows):
            return 0.0
        if any(_copies(item, row) for row in rows):
            return 1.0
        hours = min(abs(item.at - row.at) for row in rows) / HOUR
        around = Surroundings(hours, words - self._words(item, rows))
        story = [*map(self._features, rows)]
        return same_event_probability(self._features(item), story, nearest(similarity), self._extractor, around)

    def _words(self, item: Open, rows: Iterable[Open]) -> Counter[str]:
        """How many of the rows have each of the item's words."""
        return shared_words(self._features(item), map(self._features, rows))

    def _near(self, item: Open) -> tuple[list[tuple[Open, Similarity]], Open]:
        """The items in time, nearest in meaning first, also those without a vector; the item as in `Assignment`."""
        if self._late:
            self._indexed = [self._indexed[0], _Compared(self._late)]
        found = [each for index in self._indexed for each in index.similarities(item)]
        item = replace(
            item,
            mean_cosine=mean_similarity((similarity.meaning for _, similarity in found), MEAN_COSINE),
            mean_maxsim=mean_similarity((similarity.maxsim for _, similarity in found), MEAN_MAXSIM),
        )
        near = [
            (row, _corrected(similarity, item, row))
            for row, similarity in found
            if self._items.get(row.item) is row and row.item != item.item and _in_time(item, row)
        ]
        near.sort(key=lambda each: (each[1].meaning is not None, -(each[1].meaning or 0.0), each[0].item))
        unknown = sum(similarity.meaning is None for _, similarity in near)
        return near[: unknown + LOOKED_AT], item

    def _features(self, row: Open) -> Features:
        return self._extractor.features(row.title, row.summary, row.lang)

    def _from_one_template(self, one: Open, other: Open) -> bool:
        return from_one_template(self._features(one), self._features(other), self._extractor)


def _corrected(similarity: Similarity, item: Open, row: Open) -> Similarity:
    return Similarity(
        corrected(similarity.meaning, item.mean_cosine, row.mean_cosine),
        corrected(similarity.maxsim, item.mean_maxsim, row.mean_maxsim),
    )


def _copies(one: Open, other: Open) -> bool:
    return one.lang == other.lang and is_copy(plain(one.title, one.summary), plain(other.title, other.summary))


def _in_time(item: Open, row: Open) -> bool:
    return abs(item.at - row.at) <= WINDOW and abs(item.at - row.begun) <= SPAN
