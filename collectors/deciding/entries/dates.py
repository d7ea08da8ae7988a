"""When an entry was published: the feed's own date, and how far it is to be trusted."""

from datetime import UTC, datetime

from collectors.parsing.moment import read_moment
from collectors.parsing.parsed import Parsed
from stream.units import DAY, MINUTE

__all__ = ["all_dated_now", "dated", "reaches_to"]

EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp() * 1000)


def dated(parsed: int | None, text: str, first_seen: int) -> tuple[int, str]:
    """(published in ms, quality): `trusted`, or first seen as a stand-in for a date that is `missing`, `unreadable`,
    `unclear` (only a part of it was understood), `future` or `ancient`. `parsed` is what the parser made of `text`.
    """
    if parsed is None:
        return first_seen, read_moment(text).without or "unreadable"
    if parsed > first_seen + DAY:
        return first_seen, "future"
    if parsed < EARLIEST:
        return first_seen, "ancient"
    return min(parsed, first_seen), "trusted"


def all_dated_now(parsed: Parsed, now: int) -> bool:
    """Whether the document dates all that it lists alike, and at the time of this poll, which is the date of none."""
    stated = [entry.published_ms for entry in parsed.entries if entry.published_ms is not None]
    return len(stated) >= 3 and max(stated) - min(stated) <= MINUTE and abs(now - max(stated)) <= 10 * MINUTE


def reaches_to(parsed: Parsed, now: int) -> int:
    """The moment (ms) to which the document reaches back by its dates; 0 where they are too few to tell.

    The oldest tenth is left out, since it may be pinned.
    """
    stated = sorted(e.published_ms for e in parsed.entries if e.published_ms and EARLIEST < e.published_ms <= now + DAY)
    return stated[len(stated) // 10] if len(stated) >= 5 else 0
