"""What a server asks of us when it wants to be left alone; pure."""

from email.utils import parsedate_to_datetime
from math import isfinite

from stream.units import DAY_SECONDS

__all__ = ["retry_after"]


def retry_after(text: str, now: float) -> float:
    """Retry-After in seconds, from 0 to a day; 0 for what is absent, past or no time at all; `now` is Unix time."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), DAY_SECONDS) if isfinite(seconds) else 0.0
