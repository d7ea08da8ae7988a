"""JSON Feed 1.0 and 1.1, read by us: feedparser does not."""

import json
from collections.abc import Mapping
from typing import Any

from collectors.parsing.markup import html_of_html, html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.parsed import MOST_ENTRIES, Entry, Parsed, ParseFailed, absolute, bounded, identifier, too_many

__all__ = ["looks_like_json", "parse_json"]


def looks_like_json(body: bytes) -> bool:
    """Whether the document begins as a JSON value, which no XML does."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def parse_json(body: bytes, url: str) -> Parsed | ParseFailed:
    """The feed that the document is; `url` is where relative links start."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return ParseFailed("parse", f"the JSON document is damaged: {error}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return ParseFailed("not_a_feed", "the JSON document has no list of items")
    if len(feed["items"]) > MOST_ENTRIES:
        return too_many(len(feed["items"]))
    lang = bounded(feed.get("language"), "date")
    return Parsed(
        title=html_of_plain(bounded(feed.get("title"), "title"), title=True),
        lang=lang,
        site=bounded(feed.get("home_page_url"), "link"),
        entries=tuple(_entry(item, url, lang) for item in feed["items"] if isinstance(item, dict)),
    )


def _entry(item: Mapping[str, Any], url: str, lang: str) -> Entry:
    guid = item.get("id")
    published, published_ms = understood(
        bounded(item.get(name), "date") for name in ("date_published", "date_modified")
    )
    return Entry(
        guid=identifier(str(guid) if isinstance(guid, int | float) and not isinstance(guid, bool) else guid),
        link=absolute(url, bounded(item.get("url"), "link") or bounded(item.get("external_url"), "link")),
        title=html_of_plain(bounded(item.get("title"), "title"), title=True),
        summary=_summary(item),
        author=_author(item),
        published=published,
        published_ms=published_ms,
        lang=bounded(item.get("language"), "date") or lang,
    )


def _summary(item: Mapping[str, Any]) -> str:
    """The summary or the content as HTML; all but `content_html` is plain text."""
    summary, content = (bounded(item.get(name), "summary") for name in ("summary", "content_html"))
    if summary or not content:
        return html_of_plain(summary or bounded(item.get("content_text"), "summary"))
    return html_of_html(content)


def _author(item: Mapping[str, Any]) -> str:
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return bounded(first.get("name"), "author") if isinstance(first, dict) else ""
