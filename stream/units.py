"""Spans of time in milliseconds, the unit of every moment in records and tables; those in seconds say so."""

from datetime import UTC, datetime

__all__ = ["DAY", "DAY_SECONDS", "HOUR", "HOUR_SECONDS", "LATEST", "MINUTE", "SECOND", "WEEK", "show_span", "utc"]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400

LATEST = 253_402_300_799_999  # the last moment of the year 9999, after which there is no date


def utc(ms: int) -> datetime:
    """The date and time of a moment; of one that has none, the nearest that has."""
    return datetime.fromtimestamp(min(max(ms, 0), LATEST) / 1000, UTC)


def show_span(seconds: float) -> str:
    """A span of time in one unit, as `90 s`, `5 min`, `3.5 h` or `2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
