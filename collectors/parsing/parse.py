"""From the bytes of a document to entries. It runs in a process that can be killed; feedparser's dicts stay here."""

import re
from collections.abc import Mapping
from typing import Any

from collectors.fetching.headers import printable
from collectors.parsing.addresses import page, plain_permalinks, source
from collectors.parsing.decoding import decoded
from collectors.parsing.jsonfeed import looks_like_json, parse_json
from collectors.parsing.markup import html_of_html, html_of_plain, html_of_title
from collectors.parsing.moment import understood
from collectors.parsing.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, identifier, too_many
from collectors.parsing.recovery import read
from collectors.parsing.xml_guard import refusal
from collectors.parsing.xml_text import BLANKS, as_xml

__all__ = ["parse"]

_ENTRY = re.compile(rb"<(?:item|entry)[\s>]")
# In lower case, since to search for both takes ten times as long.
_SKIP_HOURS = re.compile(rb"<skiphours>([^!]{0,2000}?)</skiphours>")
_SKIP_DAYS = re.compile(rb"<skipdays>([^!]{0,2000}?)</skipdays>")
_DAY = re.compile(rb"<day>\s*([a-z]{3})[a-z]*\s*</day>")
_DAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_HOUR = re.compile(rb"<hour>\s*([0-9]{1,2})\s*</hour>")
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
LONGEST_TTL = 604_800
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html)\b", re.IGNORECASE)


def parse(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """The feed that the document is, or why it is none; `url` is where relative links start."""
    if not body.strip():
        return ParseFailed("not_a_feed", "the document is empty")
    text = decoded(body, content_type).lstrip(BLANKS)
    lost = text.count("\ufffd") - body.count("\ufffd".encode())
    warnings = [f"broken characters: {lost}"] if lost > 0 else []
    if looks_like_json(plain := text.encode()):
        return parse_json(plain, url)
    document = plain_permalinks(as_xml(plain))
    if refused := refusal(document):
        return refused
    if (listed := len(_ENTRY.findall(document))) > MOST_ENTRIES:
        return too_many(listed)
    found = read(document)
    if not found.entries and (not found.version or found.damage):
        return _refused(plain, found.version, found.damage)
    feed = found.feed
    site = absolute(url, bounded(feed.get("link"), "link"))
    lang = bounded(feed.get("language"), "date")
    atom = str(found.version).startswith("atom")
    lowered = document.lower()
    return Parsed(
        title=_html(feed, "title", atom),
        lang=lang,
        site=site,
        entries=tuple(_entry(entry, url, lang, atom) for entry in found.entries),
        damaged=found.damage is not None,
        ttl=_ttl(feed),
        skip_hours=_skip_hours(lowered),
        skip_days=_skip_days(lowered),
        warnings=(*warnings, *found.passed_over),
    )


def _ttl(feed: Mapping[str, Any]) -> int:
    """For how long the feed stays as it is, in seconds, at most a week; 0 where it does not state that."""
    minutes = bounded(feed.get("ttl"), "date").strip()
    if minutes.isdecimal():
        return min(int(minutes) * 60, LONGEST_TTL)
    period = _PERIODS.get(bounded(feed.get("sy_updateperiod"), "date").strip().lower(), 0)
    times = bounded(feed.get("sy_updatefrequency"), "date").strip()
    return min(period // max(1, int(times) if times.isdecimal() else 1), LONGEST_TTL)


def _skip_hours(lowered: bytes) -> tuple[int, ...]:
    """The channel's skipHours, which feedparser does not keep; 24 is midnight."""
    listed = _SKIP_HOURS.search(lowered)
    return tuple(sorted({int(hour) % 24 for hour in _HOUR.findall(listed[1]) if int(hour) <= 24})) if listed else ()


def _skip_days(lowered: bytes) -> tuple[int, ...]:
    """The channel's skipDays, with Monday as 0."""
    listed = _SKIP_DAYS.search(lowered)
    named = set(_DAY.findall(listed[1])) if listed else set()
    return tuple(number for number, day in enumerate(_DAYS) if day in named)


def _refused(body: bytes, version: object, damage: object) -> ParseFailed:
    if version:
        return ParseFailed("parse", printable(f"the feed is damaged beyond use: {damage}")[:300])
    what = "a web page" if _PAGE.search(body[:4096]) else "no feed"
    return ParseFailed("not_a_feed", f"the document is {what}")


def _entry(entry: Mapping[str, Any], url: str, feed_lang: str, atom: bool) -> Entry:
    detail = entry.get("title_detail") or entry.get("summary_detail") or {}
    base = absolute(url, bounded(detail.get("base"), "link")) or url
    published, published_ms = _date(entry)
    lang = bounded(detail.get("language"), "date") or feed_lang
    source_name, source_url = source(entry, base)
    summary = _html(entry, "summary", atom)
    content = max((_body(each, atom) for each in entry.get("content") or ()), key=len, default="")
    return Entry(
        guid=identifier(entry.get("id")),
        link=page(entry, base, lang),
        title=_html(entry, "title", atom),
        summary=summary,
        published=published,
        published_ms=published_ms,
        lang=lang,
        source_name=source_name,
        source_url=source_url,
        content=content if content != summary else "",
    )


def _html(fields: Mapping[str, Any], name: str, atom: bool) -> str:
    """A title or summary as HTML. Atom says what is plain; of RSS feedparser only guesses it, so all of it is HTML."""
    text, detail = bounded(fields.get(name), name), fields.get(f"{name}_detail")
    if name == "summary" and (not text or not detail) and (content := fields.get("content")):
        text, detail = text or bounded(content[0].get("value"), name), content[0]
    if atom and detail and detail.get("type") == "text/plain":
        return html_of_plain(text, title=name == "title")
    return html_of_title(text) if name == "title" and not atom else html_of_html(text)


def _body(content: Mapping[str, Any], atom: bool) -> str:
    """One of an entry's contents as HTML."""
    text = bounded(content.get("value"), "content")
    return html_of_plain(text) if atom and content.get("type") == "text/plain" else html_of_html(text)


def _date(entry: Mapping[str, Any]) -> tuple[str, int | None]:
    """The date as given and in ms; the day of publication before that of a change, but one that is understood first."""
    names = ("published", "created", "updated")
    # `in` would let feedparser stand one date in for another.
    return understood(bounded(entry.get(name), "date") for name in names if name in entry.keys())  # noqa: SIM118
