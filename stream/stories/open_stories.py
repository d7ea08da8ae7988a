"""Which of the stories of a theme's open items another item belongs to."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from stream.stories.bound import Others, most_probable, shared
from stream.stories.features import Common, FeatureExtractor
from stream.stories.hubness import MEAN_COSINE, MEAN_MAXSIM, corrected, mean_similarity
from stream.stories.late_interaction import LateInteraction
from stream.stories.open_items import SPAN, WINDOW, Mask, OpenItem, OpenTheme
from stream.stories.relation import Relation, relation
from stream.stories.rows import Open
from stream.stories.same_event import (
    OWN,
    Letters,
    Similarity,
    Surroundings,
    column_of,
    from_one_template,
    nearest,
    plain,
    same_event_probability,
    shared_words,
)
from stream.stories.word_index import Numbers
from stream.units import HOUR

__all__ = ["SPAN", "WINDOW", "Assignment", "OpenStoryIndex", "RelatedStory"]

LOOK_ALIKE = 0.5  # of the words, weighed: of such texts it is quicker to look at both than for a copy
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


class OpenStoryIndex:
    """The open items of one theme, and who makes features of texts."""

    def __init__(self, opened: OpenTheme, extractor: FeatureExtractor) -> None:
        self._opened = opened
        self._extractor = extractor

    def assign(self, item: Open) -> Assignment:
        """Return the story to which this item most probably belongs.

        Of stories that are as probable the one that began first, so that the order of arrival matters little.
        """
        in_time = self._opened.in_time(item)
        near, item = self._near(item, in_time)
        having = self._opened.having(in_time, self._extractor)
        near = self._within_reach(item, near, having)
        similarity = defaultdict(list)
        for each, likeness in near:
            similarity[each.row.story].append(likeness)
        found = {story: self._in_time(item, story) for story in similarity}
        ranked = sorted(
            (
                (self._probability(item, members, similarity[story], having), -members[0].row.begun, story)
                for story, members in found.items()
            ),
            reverse=True,
        )
        joined = ranked[:1] if ranked and relation(ranked[0][0]) is Relation.SAME else []
        member = found[joined[0][2]][0].row if joined else None
        others = [RelatedStory(story, probability) for probability, _, story in ranked[len(joined) :]]
        return Assignment(
            member, item, tuple(other for other in others if relation(other.probability) is not Relation.APART)
        )

    def copied(self, item: Open, story: str) -> str:
        """Return the first item of the story of which this one is a copy, else nothing."""
        rows = (each for each in self._opened.of_story(story) if each.row.item != item.item)
        return next((e.row.item for e in rows if _copies(item, e) and not from_one_template(self._common(item, e))), "")

    def _within_reach(
        self, item: Open, near: Sequence[tuple[OpenItem, Similarity]], having: Callable[[str], int]
    ) -> list[tuple[OpenItem, Similarity]]:
        """Those that may turn out to be something to the item: of most it is certain that they are apart."""
        if not near:
            return []
        features = self._extractor.features(item.title, item.summary, item.lang)
        places = np.array([each.at for each, _ in near])
        common = shared(features, places, self._opened.words, having, self._extractor)
        others = _columns(item, near, self._opened.weights(places))
        most = most_probable(features, others, common)
        look_alike = common.words >= LOOK_ALIKE * np.minimum(features.weight, others.weight)
        return [
            one
            for one, probability, alike in zip(near, most.tolist(), look_alike.tolist(), strict=True)
            if alike
            or relation(probability) is not Relation.APART
            or not self._opened.is_alone(one[0])
            or _copies(item, one[0])
        ]

    def _in_time(self, item: Open, story: str) -> list[OpenItem]:
        members = self._opened.of_story(story)
        return [each for each in members if each.row.item != item.item and _is_in_time(item, each.row)]

    def _probability(
        self, item: Open, members: Sequence[OpenItem], similarity: Sequence[Similarity], having: Callable[[str], int]
    ) -> float:
        story = [self._common(item, each) for each in members]
        if any(map(from_one_template, story)):
            return 0.0
        if any(_copies(item, each) for each in members):
            return 1.0
        hours = min(abs(item.at - each.row.at) for each in members) / HOUR
        own = shared_words(story, OWN).items()
        around = Surroundings(hours, {word: max(0, having(word) - count) for word, count in own})
        return same_event_probability(story, nearest(similarity), self._extractor, around)

    def _near(self, item: Open, in_time: Mask) -> tuple[list[tuple[OpenItem, Similarity]], Open]:
        """The items in time that are nearest in meaning, also those without a vector; the item as in `Assignment`."""
        cosines, known = self._opened.cosines(item)
        maxsims, count = self._opened.sample(item.token_vectors)
        item = replace(
            item,
            mean_cosine=mean_similarity(cosines[known], MEAN_COSINE),
            mean_maxsim=mean_similarity(maxsims, MEAN_MAXSIM, count),
        )
        near = self._opened.nearest(in_time, cosines, known, LOOKED_AT)
        closely = LateInteraction([each.row.token_vectors for each, _ in near]).maxsim(item.token_vectors)
        return [
            (each, _corrected(Similarity(cosine, maxsim), item, each.row))
            for (each, cosine), maxsim in zip(near, closely, strict=True)
        ], item

    def _common(self, item: Open, each: OpenItem) -> Common:
        make = self._extractor.features
        return self._extractor.common(make(item.title, item.summary, item.lang), each.features(make))


def _columns(item: Open, near: Sequence[tuple[OpenItem, Similarity]], weights: Numbers) -> Others:
    hours = [abs(item.at - each.row.at) / HOUR for each, _ in near]
    return Others(
        maxsim=np.array([likeness.maxsim or 0.0 for _, likeness in near]),
        meaning=np.array([likeness.meaning or 0.0 for _, likeness in near]),
        hours=np.array(hours),
        weight=weights,
        column=np.array([column_of(likeness, item.lang == each.row.lang) for each, likeness in near]),
    )


def _corrected(similarity: Similarity, item: Open, row: Open) -> Similarity:
    return Similarity(
        corrected(similarity.meaning, item.mean_cosine, row.mean_cosine),
        corrected(similarity.maxsim, item.mean_maxsim, row.mean_maxsim),
    )


def _copies(item: Open, each: OpenItem) -> bool:
    return item.lang == each.row.lang and _letters(item.title, item.summary).copies(each.letters)


@lru_cache(maxsize=8)  # an item is held against many others
def _letters(title: str, summary: str) -> Letters:
    return Letters.of(plain(title, summary))


def _is_in_time(item: Open, row: Open) -> bool:
    return abs(item.at - row.at) <= WINDOW and abs(item.at - row.begun) <= SPAN
