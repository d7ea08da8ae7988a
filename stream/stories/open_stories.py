"""Which of the stories of a theme's open items another item belongs to."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from stream.stories.bound import Others, most_probable, shared
from stream.stories.features import Common, FeatureExtractor, Features
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
    from_one_template,
    nearest,
    plain,
    same_event_probability,
    shared_words,
)
from stream.units import HOUR

__all__ = ["SPAN", "WINDOW", "Assignment", "OpenStoryIndex", "RelatedStory"]

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
        in_time, features = self._opened.in_time(item), self._features(item)
        having = self._opened.having(in_time, self._extractor)
        near, columns, item = self._near(item, in_time)
        similarity, found = defaultdict(list), {}
        for each, likeness in self._within_reach(item, features, near, columns, having):
            story = each.row.story
            similarity[story].append(likeness)
            found[story] = [each] if self._opened.is_alone(each) else self._in_time(item, story)
        ranked = sorted(
            (
                (self._probability(item, features, members, similarity[story], having), -members[0].row.begun, story)
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
        copies = (each for each in rows if _copies(item, each))
        features = self._features
        return next((e.row.item for e in copies if not from_one_template(self._common(features(item), e))), "")

    def _within_reach(
        self,
        item: Open,
        features: Features,
        near: Sequence[OpenItem],
        others: Others,
        having: Callable[[str], int],
    ) -> list[tuple[OpenItem, Similarity]]:
        """Those that may turn out to be something to the item: of most it is certain that they are apart."""
        common = shared(features, others, self._opened.words, having, self._extractor)
        most = most_probable(features, others, common).tolist()
        return [
            (each, likeness)
            for each, likeness, probability in zip(near, others.similarities(), most, strict=True)
            if relation(probability) is not Relation.APART or not self._opened.is_alone(each) or _copies(item, each)
        ]

    def _in_time(self, item: Open, story: str) -> list[OpenItem]:
        members = self._opened.of_story(story)
        return [each for each in members if each.row.item != item.item and _is_in_time(item, each.row)]

    def _probability(
        self,
        item: Open,
        features: Features,
        members: Sequence[OpenItem],
        similarity: Sequence[Similarity],
        having: Callable[[str], int],
    ) -> float:
        story = [self._common(features, each) for each in members]
        if any(map(from_one_template, story)):
            return 0.0
        if any(_copies(item, each) for each in members):
            return 1.0
        hours = min(abs(item.at - each.row.at) for each in members) / HOUR
        own = shared_words(story, OWN).items()
        around = Surroundings(hours, {word: max(0, having(word) - count) for word, count in own})
        return same_event_probability(story, nearest(similarity), self._extractor, around)

    def _near(self, item: Open, in_time: Mask) -> tuple[list[OpenItem], Others, Open]:
        """The items in time that are nearest in meaning, also those without a vector, with what is known of them; the
        item as in `Assignment`."""
        cosines, known = self._opened.cosines(item)
        maxsims, count = self._opened.sample(item.token_vectors)
        item = replace(
            item,
            mean_cosine=mean_similarity(cosines[known], MEAN_COSINE),
            mean_maxsim=mean_similarity(maxsims, MEAN_MAXSIM, count),
        )
        places = self._opened.nearest(in_time, cosines, known, LOOKED_AT)
        near = self._opened.at(places)
        closely = LateInteraction([each.row.token_vectors for each in near]).maxsim(item.token_vectors)
        mean_cosines, mean_maxsims = self._opened.mean_similarities(places)
        return (
            near,
            Others(
                place=places,
                meaning=corrected(np.where(known, cosines, np.nan)[places], item.mean_cosine, mean_cosines),
                maxsim=corrected(np.array(closely, np.float64), item.mean_maxsim, mean_maxsims),
                hours=np.array([abs(item.at - each.row.at) for each in near]) / HOUR,
                weight=self._opened.weights(places),
                one_language=np.array([item.lang == each.row.lang for each in near], bool),
            ),
            item,
        )

    def _features(self, item: Open) -> Features:
        return self._extractor.features(item.title, item.summary, item.lang)

    def _common(self, features: Features, each: OpenItem) -> Common:
        return self._extractor.common(features, each.features(self._extractor.features))


def _copies(item: Open, each: OpenItem) -> bool:
    return item.lang == each.row.lang and _letters(item.title, item.summary).copies(each.letters)


@lru_cache(maxsize=8)  # an item is held against many others
def _letters(title: str, summary: str) -> Letters:
    return Letters.of(plain(title, summary))


def _is_in_time(item: Open, row: Open) -> bool:
    return abs(item.at - row.at) <= WINDOW and abs(item.at - row.begun) <= SPAN
