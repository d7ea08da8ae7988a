"""Where an entry leads and whose it is: of what feedparser found, the links and names that a reader would take."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from collectors.parsing.parsed import absolute, bounded

__all__ = ["page", "plain_permalinks", "source"]

# A relation may be spelled as the address of its entry in IANA's registry (RFC 4287, 4.2.7.2).
_REGISTERED = re.compile(r"https?://www\.iana\.org/assignments/(?:link-)?relations?/", re.IGNORECASE)
_PAGES = ("", "text/html", "application/xhtml+xml")
_FEEDS = re.compile(r"application/(?:atom|rss|rdf|feed)\b|.*\bjson\b|(?:text|application)/xml")
_STAND_IN = ("related", "canonical", "via", "bookmark", "shortlink")  # where no link says that it is the entry's page
_ADDRESS = re.compile(r"(?:https?:)?//|www\.|/", re.IGNORECASE)
_PERMALINK = re.compile(rb"(<guid\b[^<>]*\sispermalink\s*=\s*)([\"'])\s*true\s*\2", re.IGNORECASE)
_NO_LINK = re.compile(rb"<link\s*/>|<link>\s*(?:<!\[CDATA\[\s*\]\]>\s*)?</link>")


def plain_permalinks(document: bytes) -> bytes:
    """The document with each `isPermaLink="True"` as feedparser knows it, and without the empty links that hide one."""
    return _NO_LINK.sub(b"", _PERMALINK.sub(rb"\1\2true\2", document))


def page(entry: Mapping[str, Any], base: str, lang: str) -> str:
    """The absolute address of the entry's page; "" where there is none.

    That is an alternate, an HTML one before others, one in the entry's language before others, else the first; then
    what is related to it; then a guid that is an address.
    """
    links = [link for link in entry.get("links") or () if isinstance(link.get("href"), str)]
    for found in (_alternates(links, lang), _stand_ins(links), _unlisted(entry, links)):
        for href in found:
            address = absolute(base, bounded(href, "link"))
            if address.lower().startswith(("http:", "https:")):
                return address
    return ""


def source(entry: Mapping[str, Any], base: str) -> tuple[str, str]:
    """The name and the address of the feed or outlet that an aggregator took the entry from; "" for each not given."""
    given = entry.get("source")
    if not isinstance(given, Mapping):
        return bounded(entry.get("news_source"), "name").strip(), ""
    name = bounded(given.get("title"), "name").strip()
    href = bounded(given.get("href"), "link") or page(given, base, "") or bounded(given.get("id"), "link")
    address = absolute(base, href) if _ADDRESS.match(href) else ""
    return name, address


def _alternates(links: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    alternates = [link for link in links if _relation(link) == "alternate"]
    spoken = lang.lower().partition("-")[0]

    def rank(link: Mapping[str, Any]) -> tuple[int, bool]:
        kind = _media_type(link)
        other = str(link.get("hreflang") or "").lower().replace("_", "-").partition("-")[0]
        foreign = bool(other and spoken) and other != spoken
        return 0 if kind in _PAGES else 2 if _FEEDS.match(kind) else 1, foreign

    return [link["href"] for link in sorted(alternates, key=rank)]


def _stand_ins(links: Sequence[Mapping[str, Any]]) -> list[str]:
    found = [link for link in links if _relation(link) in _STAND_IN]
    return [link["href"] for link in sorted(found, key=lambda link: _STAND_IN.index(_relation(link)))]


def _unlisted(entry: Mapping[str, Any], links: Sequence[Mapping[str, Any]]) -> list[str]:
    """What feedparser calls the link though it is in no list: another element's, or a guid, if it is an address."""
    link, guid = entry.get("link"), entry.get("id")
    if not isinstance(link, str) or not link.strip() or any(link == other["href"] for other in links):
        link = guid if entry.get("guidislink") else ""
    return [link] if isinstance(link, str) and (link != guid or _ADDRESS.match(link.strip())) else []


def _relation(link: Mapping[str, Any]) -> str:
    return _REGISTERED.sub("", str(link.get("rel") or "alternate").strip()).lower()


def _media_type(link: Mapping[str, Any]) -> str:
    kind = str(link.get("type") or "").partition(";")[0].strip().lower()
    return {"html": "text/html", "xhtml": "application/xhtml+xml"}.get(kind, kind)
