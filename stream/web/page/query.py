"""The filters of a view, as its address has them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from stream.index.queries import Wanted
from stream.units import DAY
from stream.web.access import RequestRefused

__all__ = ["address", "number_of", "wanted_of"]

ROWS = 30  # of a list at once: more are not seen at first, and a browser lays out each of them
LONGEST = 200  # characters of words that are looked for


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """Return what an address asks for; raises `RequestRefused` with one sentence."""
    words = query.get("q", "")
    if len(words) > LONGEST:
        raise RequestRefused(422, f"Search for at most {LONGEST} characters.")
    return Wanted(
        words=words,
        theme=query.get("theme", ""),
        decision=query.get("decision", ""),
        lang=query.get("lang", ""),
        feed=query.get("feed", ""),
        source=query.get("source", ""),
        since=_day(query.get("since", "")),
        until=_day(query.get("until", ""), DAY),
        before=number_of(query.get("before", "")),
        limit=ROWS,
    )


def address(path: str, query: Mapping[str, str], **changed: str | int) -> str:
    """Return an address with these filters changed; empty ones are left out, and a change begins on the first page."""
    asked = {**{k: v for k, v in query.items() if k not in ("before", "open", "said", "label")}, **changed}
    found = urlencode({key: value for key, value in asked.items() if value})
    return f"{path}?{found}" if found else path


def _day(text: str, end: int = 0) -> int:
    if not text:
        return 0
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000) + end
    except ValueError as error:
        raise RequestRefused(422, f"{text[:40]!r} is not a day like 2026-11-29.") from error


def number_of(text: str) -> int:
    """Return a number that an address has, 0 where it has none; raises `RequestRefused`."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 1 << 63):
        raise RequestRefused(422, "This page of the list does not exist.")
    return int(text)
