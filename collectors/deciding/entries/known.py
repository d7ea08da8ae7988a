"""Which of the seen entries an entry is: by its keys, and where these contradict each other by title, text and date."""

from collections.abc import Set

from collectors.deciding.entries.as_displayed import DisplayedEntry
from collectors.deciding.entries.edits import (
    Similarity,
    is_counted_on,
    is_moved,
    is_on_its_page,
    is_under_its_guid,
    similarity,
)
from collectors.deciding.entries.seen import SeenEntries, SeenEntry
from stream.units import HOUR_SECONDS

__all__ = ["match_by_date", "match_by_keys"]


def match_by_keys(displayed: DisplayedEntry, seen: SeenEntries) -> SeenEntry | None:
    """The seen entry with one of its keys, unless that is another story."""
    keys = displayed.keys
    by_guid = seen.get(keys.guid) if keys.guid else None
    by_link = seen.get(keys.link) if keys.link else None
    if by_guid is not None:
        return by_guid if by_link is not None or not keys.link or _under_its_guid(displayed, by_guid) else None
    by_count = seen.get(keys.counted) if keys.counted else None
    if by_link is not None:
        return by_link if _on_its_page(displayed, by_link, by_count) else None
    if by_count is not None:
        return by_count if is_under_its_guid(_similarity(displayed, by_count)) else None
    return seen.get(keys.text) if keys.text else None


def match_by_date(displayed: DisplayedEntry, seen: SeenEntries, present: Set[bytes]) -> SeenEntry | None:
    """The seen entry in whose place one without a known key stands: of its date, and no longer in the document.

    `present` are the items that are in the document.
    """
    second = displayed.seen.published
    gone = [entry for entry in seen.published_at(second) if entry.item not in present]
    moved = [(e, like) for e in gone if is_moved(like := _similarity(displayed, e), second % HOUR_SECONDS == 0)]
    return max(moved, key=lambda each: (each[1].same_title, each[1].title, each[1].text), default=(None, None))[0]


def _under_its_guid(displayed: DisplayedEntry, known: SeenEntry) -> bool:
    return displayed.has_title_of(known) or is_under_its_guid(_similarity(displayed, known))


def _on_its_page(displayed: DisplayedEntry, known: SeenEntry, by_count: SeenEntry | None) -> bool:
    like, second = _similarity(displayed, known), displayed.seen.published
    if by_count is not None and by_count.item == known.item:
        return is_counted_on(like, abs(known.published - second))
    return is_on_its_page(like, bool(displayed.keys.guid), second % HOUR_SECONDS == 0)


def _similarity(displayed: DisplayedEntry, known: SeenEntry) -> Similarity:
    return similarity(known, displayed.seen, displayed.has_title_of(known))
