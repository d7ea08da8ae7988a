"""When an entry was published: what the feed says, and how far that is to be trusted."""

import warnings
from datetime import UTC, datetime

from dateutil import parser as dateutil_parser

__all__ = ["dated"]

DAY = 86_400_000
EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp() * 1000)


def dated(parsed: int | None, text: str, first_seen: int) -> tuple[int, str]:
    """(published in ms, quality): `trusted`, or first seen as a stand-in for `missing`, `unreadable`, `future` and
    `ancient` ones. `parsed` is what feedparser made of `text`, in ms."""
    if parsed is None:
        if not text.strip():
            return first_seen, "missing"
        parsed = _read(text)
        if parsed is None:
            return first_seen, "unreadable"
    if parsed > first_seen + DAY:
        return first_seen, "future"
    if parsed < EARLIEST:
        return first_seen, "ancient"
    return min(parsed, first_seen), "trusted"


def _read(text: str) -> int | None:
    """What dateutil makes of a date that feedparser could not read; UTC where no zone is given."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zones that it does not know: they are read as UTC
            found = dateutil_parser.parse(text[:100], default=datetime(1, 1, 1))
        if found.year == 1:  # a time without a date
            return None
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
