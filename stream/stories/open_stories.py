"""The open items of a theme, and which of their stories another item belongs to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from stream.stories.features import Marker, Marks
from stream.stories.hubness import USUAL_MEANING, USUAL_PHRASES, more_than_usual, usual
from stream.stories.late_interaction import Phrases
from stream.stories.meaning import Meanings
from stream.stories.rows import Open
from stream.stories.same_event import SAME_AT, Alike, is_copy, is_of_one_mould, nearest, plain, sameness

__all__ = ["SPAN", "WINDOW", "Placed", "Shelf"]

WINDOW = 4 * 86_400_000  # ms between an item and another one of its story
SPAN = 10 * 86_400_000  # ms between the first and the last item of a story
LOOKED_AT = 60  # items that are nearest in meaning: of a story that they are not of, no other is


class Placed(NamedTuple):
    """A member of the story to which an item belongs, None where it begins one; the item with what is usual for it."""

    member: Open | None
    item: Open


class _Index:
    """Some rows with what is compared of them."""

    def __init__(self, rows: Sequence[Open]) -> None:
        self._rows = rows
        self._meanings = Meanings([row.vectors for row in rows])
        self._phrases = Phrases([row.phrases for row in rows])

    def alike(self, item: Open) -> list[tuple[Open, Alike]]:
        """Return for each row how alike the item is."""
        cosines = self._meanings.cosines(item.vectors)
        likenesses = self._phrases.likeness(item.phrases)
        return [(row, Alike(*each)) for row, *each in zip(self._rows, cosines, likenesses, strict=True)]


class Shelf:
    """The open items of one theme while a batch is decided; what the batch changes is told by `put` and `drop`."""

    def __init__(self, opened: Iterable[Open], marker: Marker) -> None:
        self._marker = marker
        self._items = {row.item: row for row in opened}
        self._indexed = [_Index(list(self._items.values()))]
        self._late: list[Open] = []

    def put(self, row: Open) -> None:
        """An item was opened, or has another text."""
        self._items[row.item] = row
        self._late.append(row)

    def drop(self, item: str) -> None:
        """An item is open no more."""
        self._items.pop(item, None)

    def placed(self, item: Open) -> Placed:
        """Return the story to which this item most probably belongs.

        Of stories that are as probable the one that began first, so that the order of arrival matters little.
        """
        near, item = self._near(item)
        stories = {row.story for row, _ in near}
        found = defaultdict(list)
        for row in self._items.values():
            if row.story in stories and row.item != item.item and _in_time(item, row):
                found[row.story].append(row)
        alike = defaultdict(list)
        for row, each in near:
            alike[row.story].append(each)
        ranked = [(self._probability(item, rows, alike[story]), -rows[0].begun, story) for story, rows in found.items()]
        best = max(ranked, default=(0.0, 0, ""))
        return Placed(found[best[2]][0] if best[0] >= SAME_AT else None, item)

    def copied(self, item: Open, story: str) -> str:
        """Return the first item of the story of which this one is a copy, else nothing."""
        rows = (row for row in self._items.values() if row.story == story and row.item != item.item)
        return next((row.item for row in rows if _copies(item, row) and not self._of_one_mould(item, row)), "")

    def _probability(self, item: Open, rows: Sequence[Open], alike: Sequence[Alike]) -> float:
        if any(self._of_one_mould(item, row) for row in rows):
            return 0.0
        if any(_copies(item, row) for row in rows):
            return 1.0
        return sameness(self._marks(item), [*map(self._marks, rows)], nearest(alike), self._marker)

    def _near(self, item: Open) -> tuple[list[tuple[Open, Alike]], Open]:
        """The items whose time fits, nearest in meaning first, also those without a vector; the item as in `Placed`."""
        if self._late:
            self._indexed = [self._indexed[0], _Index(self._late)]
        found = [each for index in self._indexed for each in index.alike(item)]
        item = replace(
            item,
            usual_meaning=usual((alike.meaning for _, alike in found), USUAL_MEANING),
            usual_phrases=usual((alike.phrases for _, alike in found), USUAL_PHRASES),
        )
        near = [
            (row, _more_than_usual(alike, item, row))
            for row, alike in found
            if self._items.get(row.item) is row and row.item != item.item and _in_time(item, row)
        ]
        near.sort(key=lambda each: (each[1].meaning is not None, -(each[1].meaning or 0.0), each[0].item))
        unknown = sum(alike.meaning is None for _, alike in near)
        return near[: unknown + LOOKED_AT], item

    def _marks(self, row: Open) -> Marks:
        return self._marker.marks(row.title, row.summary, row.lang)

    def _of_one_mould(self, one: Open, other: Open) -> bool:
        return is_of_one_mould(self._marks(one), self._marks(other), self._marker)


def _more_than_usual(alike: Alike, item: Open, row: Open) -> Alike:
    return Alike(
        more_than_usual(alike.meaning, item.usual_meaning, row.usual_meaning),
        more_than_usual(alike.phrases, item.usual_phrases, row.usual_phrases),
    )


def _copies(one: Open, other: Open) -> bool:
    return one.lang == other.lang and is_copy(plain(one.title, one.summary), plain(other.title, other.summary))


def _in_time(item: Open, row: Open) -> bool:
    return abs(item.at - row.at) <= WINDOW and abs(item.at - row.begun) <= SPAN
