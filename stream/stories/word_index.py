"""Which of a theme's open items have a word: what an item shares with many others is known without reading them."""

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from stream.stories.features import FeatureExtractor, Features
from stream.stories.same_event import COMMON, OWN

__all__ = ["Numbers", "Places", "WordIndex", "telling"]

Places = NDArray[np.intp]
Numbers = NDArray[np.float64]
NONE = np.zeros(0, np.intp)


def telling(features: Features, extractor: FeatureExtractor) -> dict[str, float]:
    """Return what the words of a text weigh that may be its own, and the numbers that say something (these begin with
    `#`)."""
    words = {word: weight for word in features.words if (weight := extractor.weight(word)) > OWN}
    numbers = {number: weight for number in features.numbers if (weight := extractor.weight(number)) > COMMON}
    return words | numbers


class WordIndex:
    """By word, the places of the items that have it."""

    def __init__(self) -> None:
        self._having: dict[str, array[int]] = {}

    def add(self, place: int, words: Iterable[str]) -> None:
        """The item at this place has these words."""
        for word in words:
            self._having.setdefault(word, array("i")).append(place)

    def remove(self, place: int, words: Iterable[str]) -> None:
        """It is there no more; of these words it has been added with some."""
        for word in words:
            if (places := self._having.get(word)) is None:
                continue
            at = int(np.flatnonzero(np.frombuffer(places, np.intc) == place)[0])
            places[at] = places[-1]
            places.pop()
            if not places:
                del self._having[word]

    def count(self, word: str, among: NDArray[np.bool_]) -> int:
        """How many of the items among these, by place, have a word."""
        places = self._having.get(word)
        return int(np.count_nonzero(among[np.frombuffer(places, np.intc)])) if places else 0

    def shared(self, words: Sequence[str], places: Places) -> tuple[Places, Places]:
        """Return which items have which words, as pairs: numbers in `places`, and beside each one in `words`."""
        having = [(number, found) for number, word in enumerate(words) if (found := self._having.get(word))]
        if not having or not len(places):
            return NONE, NONE
        every = np.concatenate([np.frombuffer(found, np.intc) for _, found in having])
        count = max(int(every.max()), int(places.max())) + 1
        asked, number_of = np.zeros(count, bool), np.zeros(count, np.intp)
        asked[places], number_of[places] = True, np.arange(len(places))
        hits = np.flatnonzero(asked[every])
        ends = np.cumsum([len(found) for _, found in having])
        of = np.array([number for number, _ in having])[np.searchsorted(ends, hits, side="right")]
        return number_of[every[hits]], of
