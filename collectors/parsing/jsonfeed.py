"""JSON Feed 1.0 and 1.1, read by us: feedparser does not."""

import json
import re
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
        hub=_hub(feed.get("hubs"), url),
        topic=absolute(url, bounded(feed.get("feed_url"), "link")),
    )


def _hub(hubs: object, url: str) -> str:
    """The first hub that speaks WebSub."""
    listed = [each for each in hubs if isinstance(each, dict)] if isinstance(hubs, list) else []
    found = (each.get("url") for each in listed if str(each.get("type")).lower() == "websub")
    return next((absolute(url, bounded(link, "link")) for link in found if link), "")


def _entry(item: Mapping[str, Any], url: str, lang: str) -> Entry:
    guid = item.get("id")
    published, published_ms = understood(
        bounded(item.get(name), "date") for name in ("date_published", "date_modified")
    )
    summary, content = html_of_plain(bounded(item.get("summary"), "summary")), _content(item)
    return Entry(
        guid=identifier(str(guid) if isinstance(guid, int | float) and not isinstance(guid, bool) else guid),
        link=_page(item, url),
        title=html_of_plain(bounded(item.get("title"), "title"), title=True),
        summary=summary or content,
        published=published,
        published_ms=published_ms,
        lang=bounded(item.get("language"), "date") or lang,
        content=content if summary and content != summary else "",
    )


def _page(item: Mapping[str, Any], url: str) -> str:
    """Its own address, then the one that it is about, then an id that is one."""
    for name in ("url", "external_url", "id"):
        link = bounded(item.get(name), "link").strip()
        if link and (name != "id" or re.match(r"https?://|www\.", link, re.IGNORECASE)):
            return absolute(url, link)
    return ""


def _content(item: Mapping[str, Any]) -> str:
    """The content as HTML; all but `content_html` is plain text."""
    content = bounded(item.get("content_html"), "content")
    return html_of_html(content) if content else html_of_plain(bounded(item.get("content_text"), "content"))
