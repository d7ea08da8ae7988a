"""From the bytes of a document to entries. It runs in a process that can be killed; feedparser's dicts stay here."""

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8  # no public name, but the version is pinned

from collectors.fetching.headers import printable
from collectors.parsing.jsonfeed import looks_like_json, parse_json
from collectors.parsing.markup import html_of_html, html_of_plain, html_of_title
from collectors.parsing.moment import understood
from collectors.parsing.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, identifier, too_many
from collectors.parsing.xml_guard import refusal

__all__ = ["parse"]

_ENTRY = re.compile(rb"<(?:item|entry)[\s>]")
_SKIP_HOURS = re.compile(rb"<skipHours>([^!]{0,2000}?)</skipHours>")
_HOUR = re.compile(rb"<hour>\s*([0-9]{1,2})\s*</hour>")
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
LONGEST_TTL = 604_800
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html)\b", re.IGNORECASE)


def parse(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """The feed that the document is, or why it is none; `url` is where relative links start."""
    if not body.strip():
        return ParseFailed("not_a_feed", "the document is empty")
    if looks_like_json(body):
        return parse_json(body, url)
    # As feedparser would: what is looked at here is what its parsers get to see.
    document = _REFERENCE.sub(_if_legal, convert_to_utf8({"content-type": content_type}, body, {}))
    if refused := refusal(document):
        return refused
    if (listed := len(_ENTRY.findall(document))) > MOST_ENTRIES:
        return too_many(listed)
    # No content-location: feedparser would join it with each element's base, a fifth of its time; we join it once.
    headers = {"content-type": "application/xml; charset=utf-8"}
    # A file object always: feedparser would take short bytes for an address.
    found = feedparser.parse(
        io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    damage = found.get("bozo_exception") if found.get("bozo") else None
    if not found.entries and (not found.get("version") or damage):
        return _refused(body, found.get("version"), damage)
    feed = found.feed
    site = absolute(url, bounded(feed.get("link"), "link"))
    lang = bounded(feed.get("language"), "date")
    atom = str(found.get("version")).startswith("atom")
    entries = tuple(_entry(entry, url, lang, atom) for entry in found.entries)
    title = _html(feed, "title", atom)
    return Parsed(title, lang, site, entries, damage is not None, _ttl(feed), _skip_hours(document))


def _ttl(feed: Mapping[str, Any]) -> int:
    """What the feed says of its rhythm in seconds, at most a week; 0 for nothing."""
    minutes = bounded(feed.get("ttl"), "date").strip()
    if minutes.isdecimal():
        return min(int(minutes) * 60, LONGEST_TTL)
    period = _PERIODS.get(bounded(feed.get("sy_updateperiod"), "date").strip().lower(), 0)
    times = bounded(feed.get("sy_updatefrequency"), "date").strip()
    return min(period // max(1, int(times) if times.isdecimal() else 1), LONGEST_TTL)


def _skip_hours(document: bytes) -> tuple[int, ...]:
    """The channel's skipHours, which feedparser does not keep; 24 is midnight."""
    said = _SKIP_HOURS.search(document)
    return tuple(sorted({int(hour) % 24 for hour in _HOUR.findall(said[1]) if int(hour) <= 24})) if said else ()


def _if_legal(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing where XML has no such character: feedparser fails on a half surrogate."""
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    code = int(digits, base) if len(digits) <= 7 else 0
    legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if legal else b""


def _refused(body: bytes, version: object, damage: object) -> ParseFailed:
    if version:
        return ParseFailed("parse", printable(f"the feed is damaged beyond use: {damage}")[:300])
    what = "a web page" if _PAGE.search(body[:4096]) else "no feed"
    return ParseFailed("not_a_feed", f"the document is {what}")


def _entry(entry: Mapping[str, Any], url: str, feed_lang: str, atom: bool) -> Entry:
    detail = entry.get("title_detail") or entry.get("summary_detail") or {}
    base = absolute(url, bounded(detail.get("base"), "link")) or url
    published, published_ms = _date(entry)
    return Entry(
        guid=identifier(entry.get("id")),
        link=absolute(base, bounded(entry.get("link"), "link")),
        title=_html(entry, "title", atom),
        summary=_html(entry, "summary", atom),
        author=bounded(entry.get("author"), "author"),
        published=published,
        published_ms=published_ms,
        lang=bounded(detail.get("language"), "date") or feed_lang,
    )


def _html(told: Mapping[str, Any], name: str, atom: bool) -> str:
    """A title or summary as HTML. Atom says what is plain; of RSS feedparser only guesses it, so all of it is HTML."""
    text, detail = bounded(told.get(name), name), told.get(f"{name}_detail")
    if name == "summary" and (not text or not detail) and (content := told.get("content")):
        text, detail = text or bounded(content[0].get("value"), name), content[0]
    if atom and detail and detail.get("type") == "text/plain":
        return html_of_plain(text, title=name == "title")
    return html_of_title(text) if name == "title" and not atom else html_of_html(text)


def _date(entry: Mapping[str, Any]) -> tuple[str, int | None]:
    """The date as given and in ms; the day of publication before that of a change, but one that is understood first."""
    names = ("published", "created", "updated")
    # `in` would let feedparser stand one date in for another.
    return understood(bounded(entry.get(name), "date") for name in names if name in entry.keys())  # noqa: SIM118
