"""The open items of each theme, as they are searched: derived from the rows of the story stage, and kept.

Of thousands of items only few are looked at closely, so what is compared of all of them lies in columns, and the rest
packed. What is found depends on the rows alone, not on the order in which they came.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from zlib import crc32

import numpy as np
from msgspec import msgpack
from msgspec.structs import replace
from numpy.typing import NDArray
from sortedcontainers import SortedList

from stream.engine.derived import Derivation
from stream.stories.features import FeatureExtractor, Features
from stream.stories.hubness import SAMPLE
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors, Vectors
from stream.stories.rows import OPEN, Open
from stream.stories.same_event import Letters, plain
from stream.stories.word_index import Numbers, Places, WordIndex, telling
from stream.units import DAY

__all__ = ["OPENED", "SPAN", "WINDOW", "Mask", "OpenItem", "OpenItems", "OpenTheme"]

WINDOW = 4 * DAY  # between an item and another one of its story
SPAN = 10 * DAY  # between the first and the last item of a story
NEVER = -(1 << 60)  # a time that is within no window
FIRST = 16  # items in a column, which doubles when it is full
Mask = NDArray[np.bool_]
_FEATURES = msgpack.Decoder(Features)


class OpenItem:
    """An open item, without its sentence vectors; what is made of its text is made once, and kept packed."""

    __slots__ = ("_features", "_letters", "at", "row")

    def __init__(self, row: Open, at: int) -> None:
        self.row = replace(row, vectors={})
        self.at = at  # its place in the columns
        self._features = b""
        self._letters: Letters | None = None

    def features(self, make: Callable[[str, str, str], Features]) -> Features:
        """Its features, by whoever makes them."""
        if not self._features:
            self._features = msgpack.encode(make(self.row.title, self.row.summary, self.row.lang))
        return _FEATURES.decode(self._features)

    @property
    def terms(self) -> list[str]:
        """The words and numbers of its features, which have been made."""
        features = _FEATURES.decode(self._features)
        return [*features.words, *features.numbers]

    @property
    def letters(self) -> Letters:
        """By which copies are found."""
        if self._letters is None:
            self._letters = Letters.of(plain(self.row.title, self.row.summary))
        return self._letters


class OpenTheme:
    """The open items of one theme."""

    def __init__(self) -> None:
        self.meanings = MeaningVectors()
        self._items: dict[str, OpenItem] = {}
        self._stories: dict[str, dict[str, OpenItem]] = {}
        self._places: list[OpenItem | None] = []
        self._free: list[int] = []
        self._at, self._begun = np.full(FIRST, NEVER), np.full(FIRST, NEVER)
        self._mean_cosine, self._mean_maxsim, self._weight = np.zeros(FIRST), np.zeros(FIRST), np.zeros(FIRST)
        self._by_chance = SortedList()  # of the items with token vectors: chance decides who is in the sample
        self._sample: LateInteraction | None = None
        self.words = WordIndex()  # of all items but for these:
        self._unread: dict[str, OpenItem] = {}

    def put(self, item: str, row: Open | None) -> None:
        """An item is open like this now, or no more."""
        old = self._items.pop(item, None)
        if old is not None:
            self._take_out(old)
        if row is None:
            return
        place = self._free.pop() if self._free else len(self._places)
        if place == len(self._places):
            self._places.append(None)
            self._make_room()
        made = self._places[place] = self._items[item] = OpenItem(row, place)
        self._stories.setdefault(row.story, {})[item] = self._unread[item] = made
        self._at[place], self._begun[place] = row.at, row.begun
        self._mean_cosine[place], self._mean_maxsim[place] = row.mean_cosine, row.mean_maxsim
        self.meanings.put(place, row.vectors)
        if row.token_vectors:
            self._by_chance.add(_chance(item))
            self._in_sample(item)

    def _take_out(self, old: OpenItem) -> None:
        row, place = old.row, old.at
        if self._unread.pop(row.item, None) is None:
            self.words.remove(place, old.terms)
        self._places[place] = None
        self._free.append(place)
        self._at[place] = self._begun[place] = NEVER
        self.meanings.put(place, {})
        members = self._stories[row.story]
        del members[row.item]
        if not members:
            del self._stories[row.story]
        if row.token_vectors:
            self._in_sample(row.item)
            self._by_chance.remove(_chance(row.item))

    def _in_sample(self, item: str) -> None:
        """If it is in the sample, that is another one now."""
        if self._by_chance.index(_chance(item)) < SAMPLE:
            self._sample = None

    def _make_room(self) -> None:
        if len(self._places) > len(self._at):
            never = np.full(len(self._at), NEVER)
            self._at, self._begun = np.concatenate([self._at, never]), np.concatenate([self._begun, never])
            nought = np.zeros(len(never))
            self._mean_cosine = np.concatenate([self._mean_cosine, nought])
            self._mean_maxsim = np.concatenate([self._mean_maxsim, nought])
            self._weight = np.concatenate([self._weight, nought])

    def __iter__(self) -> Iterator[OpenItem]:
        return iter(self._items.values())

    def of_story(self, story: str) -> list[OpenItem]:
        """The open items of a story, in order."""
        return [each for _, each in sorted(self._stories.get(story, {}).items())]

    def is_alone(self, item: OpenItem) -> bool:
        """Whether it is all that is open of its story."""
        return len(self._stories[item.row.story]) == 1

    def having(self, in_time: Mask, extractor: FeatureExtractor) -> Callable[[str], int]:
        """How many of the items in time have a telling word; each item is read for that once."""
        for each in self._unread.values():
            features = each.features(extractor.features)
            self.words.add(each.at, telling(features, extractor))
            self._weight[each.at] = features.weight
        self._unread.clear()
        return cache(lambda word: self.words.count(word, in_time))

    def weights(self, places: Places) -> Numbers:
        """What all words of the items at these places weigh, once they have been read (`having`)."""
        return self._weight[places]

    def in_time(self, item: Open) -> Mask:
        """By place, whether this item may be of the story of the one there."""
        count = len(self._places)
        found: Mask = abs(self._at[:count] - item.at) <= WINDOW
        found &= abs(self._begun[:count] - item.at) <= SPAN
        if (own := self._items.get(item.item)) is not None:
            found[own.at] = False
        return found

    def cosines(self, item: Open) -> tuple[Numbers, Mask]:
        """By place how alike the items are to this one in meaning, and whether that is known."""
        found, known = self.meanings.similarities(item.vectors)
        return found, known & (self._at[: len(known)] > NEVER)

    def sample(self, token_vectors: bytes) -> tuple[list[float], int]:
        """MaxSim with some items, drawn by chance and always the same ones, and how many have token vectors."""
        if self._sample is None:
            drawn = [self._items[name].row.token_vectors for _, name in self._by_chance[:SAMPLE]]
            self._sample = LateInteraction(drawn, kept=True)
        found = self._sample.maxsim(token_vectors)
        return [each for each in found if each is not None], len(self._by_chance) if token_vectors else 0

    def nearest(self, in_time: Mask, cosines: Numbers, known: Mask, most: int) -> Places:
        """Where the items in time are that are nearest in meaning, in no order, and all of which that is not known."""
        near = np.flatnonzero(in_time & known)
        if len(near) > most:
            likeness = cosines[near] - self._mean_cosine[near] / 2
            least = np.partition(likeness, len(near) - most)[len(near) - most]
            near, likeness = near[likeness >= least], likeness[likeness >= least]
        if len(near) > most:  # the last ones are equally near
            names = [each.row.item for each in self.at(near)]
            ranked = sorted(zip((-likeness).tolist(), names, near.tolist(), strict=True))
            near = np.array([at for _, _, at in ranked[:most]])
        return np.concatenate([np.flatnonzero(in_time & ~known), near])

    def at(self, places: Places) -> list[OpenItem]:
        """The items there."""
        return [each for at in places.tolist() if (each := self._places[at])]

    def mean_similarities(self, places: Places) -> tuple[Numbers, Numbers]:
        """How similar they were in meaning, and by MaxSim, to what was open when they came."""
        return self._mean_cosine[places], self._mean_maxsim[places]


class OpenItems:
    """The open items of every theme; see `stream.engine.derived.State`."""

    def __init__(self) -> None:
        self._themes: dict[str, OpenTheme] = {}

    def put(self, key: str, value: bytes | None) -> None:
        """A row of `OPEN`."""
        theme, _, item = key.partition("/")
        self.of(theme).put(item, None if value is None else OPEN.read(value))

    def of(self, theme: str) -> OpenTheme:
        """Those of one theme."""
        return self._themes.setdefault(theme, OpenTheme())

    def expect(self, theme: str, texts: Sequence[Vectors]) -> None:
        """These will be compared soon."""
        self.of(theme).meanings.expect(texts)


OPENED = Derivation(OPEN.name, OpenItems)


def _chance(item: str) -> tuple[int, str]:
    return crc32(item.encode()), item
