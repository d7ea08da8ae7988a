"""From the bytes of a document to entries. It runs in a process that can be killed; feedparser's dicts stay here."""

import calendar
import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from collectors.headers import printable
from collectors.jsonfeed import looks_like_json, parse_json
from collectors.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, identifier, too_many

__all__ = ["parse"]

_NOT_DECLARATIONS = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_ENTRY = re.compile(rb"<(?:item|entry)[\s>]")
_REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html)\b", re.IGNORECASE)
# What feedparser calls damage and is none: a server that states another encoding or media type.
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def parse(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """The feed that the document is, or why it is none; `url` is where relative links start."""
    if not body.strip():
        return ParseFailed("not_a_feed", "the document is empty")
    if looks_like_json(body):
        return parse_json(body, url)
    if _declares_entities(body):
        return ParseFailed("unsafe_xml", "the document declares entities, which are not read")
    if (listed := len(_ENTRY.findall(body))) > MOST_ENTRIES:
        return too_many(listed)
    headers = {"content-type": content_type, "content-location": url}
    # A file object always: feedparser would take short bytes for an address.
    found = feedparser.parse(
        io.BytesIO(_REFERENCE.sub(_if_legal, body)),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    damage = found.get("bozo_exception") if found.get("bozo") else None
    if isinstance(damage, _HARMLESS):
        damage = None
    if not found.entries and (not found.get("version") or damage):
        return _refused(body, found.get("version"), damage)
    feed = found.feed
    site = bounded(feed.get("link"), "link")
    lang = bounded(feed.get("language"), "date")
    entries = tuple(_entry(entry, url, lang) for entry in found.entries)
    return Parsed(bounded(feed.get("title"), "title"), lang, site, entries, damage is not None)


def _declares_entities(body: bytes) -> bool:
    """Whether `<!ENTITY` stands in the document, but for comments, CDATA and processing instructions."""
    if b"\0" in body[:64]:  # UTF-16 or UTF-32
        body = body.replace(b"\0", b"")
    return b"<!ENTITY" in body and b"<!ENTITY" in _NOT_DECLARATIONS.sub(b"", body)


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


def _entry(entry: Mapping[str, Any], url: str, feed_lang: str) -> Entry:
    detail = entry.get("title_detail") or entry.get("summary_detail") or {}
    base = detail.get("base") or url
    published, published_ms = _date(entry)
    content = entry.get("content") or [{}]
    return Entry(
        guid=identifier(entry.get("id")),
        link=absolute(base, bounded(entry.get("link"), "link")),
        title=bounded(entry.get("title"), "title"),
        summary=bounded(entry.get("summary"), "summary") or bounded(content[0].get("value"), "summary"),
        author=bounded(entry.get("author"), "author"),
        published=published,
        published_ms=published_ms,
        lang=bounded(detail.get("language"), "date") or feed_lang,
    )


def _date(entry: Mapping[str, Any]) -> tuple[str, int | None]:
    """The date as given and in ms; the day of publication before that of a change."""
    text = ""
    for name in ("published", "created", "updated"):
        if name in entry.keys():  # noqa: SIM118 (`in` would let feedparser stand one date in for another)
            text = text or bounded(entry.get(name), "date")
            if moment := entry.get(f"{name}_parsed"):
                try:
                    return text, calendar.timegm(moment) * 1000
                except (OverflowError, ValueError):
                    continue
    return text, None
