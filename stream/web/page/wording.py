"""Moments, spans and counts as people say them."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from stream.units import DAY, HOUR, MINUTE, SECOND

__all__ = ["ago", "exact", "host", "percent", "plural", "sentence"]


def ago(at: int, now: int) -> str:
    """Return how long ago, or in how long, a moment (ms) is: `12 min ago`, `in 3 h`; a day's date beyond a week."""
    span = abs(now - at)
    if span < 5 * SECOND:
        return "now"
    if span > 7 * DAY:
        return datetime.fromtimestamp(at / 1000, UTC).strftime("%-d %b %Y")
    unit, name = next((u, n) for u, n in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")) if span >= u)
    return f"{span // unit} {name} ago" if at <= now else f"in {span // unit} {name}"


def exact(at: int) -> str:
    """Return a moment (ms) as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def host(url: str) -> str:
    """Return the host of an address, without `www.`; empty for what is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def percent(part: float) -> str:
    """Return a share as `7 %`."""
    return f"{100 * part:.0f} %"


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 feed`, `2 feeds`, `1,200 feeds`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Return what is wrong as a sentence that stands by itself: it begins with a capital, unless with an address.

    Nothing stays nothing.
    """
    if not text:
        return ""
    begun = text if "://" in text.partition(" ")[0] else text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", "…", ")")) else f"{begun}."
