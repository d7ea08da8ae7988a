"""Which of what is remembered an entry is: by its keys, and where these contradict each other by what it says."""

from collections.abc import Set

from collectors.deciding.as_displayed import Shown
from collectors.deciding.edits import (
    Likeness,
    is_counted_on,
    is_moved,
    is_on_its_page,
    is_under_its_guid,
    likeness,
)
from collectors.deciding.entry_keys import long_hash
from collectors.deciding.seen_entries import Mark, Memory
from stream.text.links import former_page, page_of
from stream.units import HOUR_SECONDS

__all__ = ["known_by_keys", "known_by_place"]


def known_by_keys(shown: Shown, memory: Memory) -> Mark | None:
    """What is remembered under the entry's keys, unless that is another story."""
    keys = shown.keys
    by_guid = memory.get(keys.guid) if keys.guid else None
    by_link = memory.get(keys.link) if keys.link else None
    if by_guid is not None:
        return by_guid if by_link is not None or not keys.link or _under_its_guid(shown, by_guid) else None
    by_count = memory.get(keys.counted) if keys.counted else None
    if by_link is not None:
        return by_link if _on_its_page(shown, by_link, by_count) else None
    if by_count is not None:
        return by_count if not by_count.is_old and is_under_its_guid(_like(shown, by_count)) else None
    return (memory.get(keys.text) if keys.text else None) or _formerly(shown, memory)


def known_by_place(shown: Shown, memory: Memory, present: Set[bytes]) -> Mark | None:
    """What an entry without a known key stands in place of: one of its date that is no longer in the document.

    `present` are the items that are.
    """
    at = shown.mark.at
    gone = [mark for mark in memory.dated(at) if mark.item not in present and not mark.is_old]
    moved = [(mark, like) for mark in gone if is_moved(like := _like(shown, mark), at % HOUR_SECONDS == 0)]
    return max(moved, key=lambda each: (each[1].same_title, each[1].title, each[1].text), default=(None, None))[0]


def _under_its_guid(shown: Shown, known: Mark) -> bool:
    if shown.has_title_of(known):
        return True
    if not known.is_old:
        return is_under_its_guid(_like(shown, known))
    return False


def _on_its_page(shown: Shown, known: Mark, by_count: Mark | None) -> bool:
    if known.is_old:
        return not shown.keys.guid or shown.has_title_of(known)
    like = _like(shown, known)
    if by_count is not None and by_count.item == known.item:
        return is_counted_on(like, abs(known.at - shown.mark.at))
    return is_on_its_page(like, bool(shown.keys.guid), shown.mark.at % HOUR_SECONDS == 0)


def _like(shown: Shown, known: Mark) -> Likeness:
    return likeness(known, shown.mark, shown.has_title_of(known))


def _formerly(shown: Shown, memory: Memory) -> Mark | None:
    """What was remembered of the entry under the keys that it had before fragments and more parameters were kept."""
    if not shown.link or (page := former_page(shown.link)) == page_of(shown.link):
        return None
    title, published, summary = shown.entry.title, shown.entry.published, shown.entry.summary
    for key in (
        long_hash("link", page),
        long_hash("text", title, published),
        long_hash("text", title, published, summary),
    ):
        if (known := memory.get(key)) is not None and known.is_old and shown.has_title_of(known):
            return known
    return None
