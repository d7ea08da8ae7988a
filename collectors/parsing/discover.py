"""The feeds that a web page names, for people who give the page's address; nothing is guessed.

Link header, link elements ─► those that are feeds by their type ─► those that may be ─► links that look like a feed
"""

import contextlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

from collectors.parsing.decoding import page_text
from stream.net.guard import Blocked, parse_url

__all__ = ["MOST_LINKS", "FeedLink", "address_at", "feed_links", "is_page", "web_address"]

READ_BYTES = 2 * 1024 * 1024
MOST_LINKS = 20
MOST_ANCHORS = 10
LONGEST_LINK = 2000
LONGEST_TITLE = 200
LONGEST_HEADER = 16_000
_SURE = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
# Older sites say so, and version 1.0 of JSON Feed: what they lead to shows what it is.
_PERHAPS = ("text/xml", "application/xml", "application/json", "text/rss+xml", "application/x-rss+xml", "text/rss")
_FEED_PATH = re.compile(
    r"(?:^|[/._-])(?:feeds?|rss2?|atom|rdf)(?:$|[/.?#])|\.(?:rss|atom|rdf|xml)(?:$|[/?#])"
    r"|[?&](?:feed|format|type|alt|mode)=(?:rss|atom|feed|rdf)",
    re.IGNORECASE,
)
_HARDLY = re.compile(r"sitemap|opensearch|comments", re.IGNORECASE)
_FEED_WORDS = re.compile(
    r"\W*(?:subscribe\W+(?:to|by|via)\W+)?(?:rss|atom|(?:(?:rss|atom|news|web|xml)\W?)?feeds?)\W*", re.I
)
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML = re.compile(rb"<\s*(?:\?xml|rss|feed|rdf:rdf)\b", re.IGNORECASE)
_LINK_VALUE = re.compile(r'<([^<>]*)>((?:\s*;(?:"(?:[^"\\]|\\.)*"|[^",<>])*)?)')
_PARAMETER = re.compile(r';\s*([^\s=;,]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,]*))')
_FEED_SCHEME = re.compile(r"\s*(?:feed|rss):(?://)?(?P<http>https?:?(?=//))?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


class FeedLink(NamedTuple):
    """A feed's address, with the title and the media type that the page gives it; both may be empty."""

    url: str
    title: str
    type: str


class _Links(HTMLParser):
    """Collects, in order: the first base, what is declared as a feed of the page, and what is linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.declared: list[FeedLink] = []
        self.anchors: list[FeedLink] = []
        self._untitled = False  # whether the text of the last of them has not come yet

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # of two, the first counts
        href = re.sub(r"[\t\r\n]", "", values.get("href", "")).strip()
        if not href or len(href) > LONGEST_LINK:
            return
        if tag == "base":
            self.base = self.base or href
        elif tag in ("link", "a", "area"):
            link = _declared(href, values)
            if link is not None:
                self.declared.append(link)
            elif tag != "link":
                self.anchors.append(FeedLink(href, _title(values.get("title", "")), ""))
                self._untitled = not self.anchors[-1].title

    def handle_data(self, data: str) -> None:
        if self._untitled and data.strip():
            self._untitled = False
            if _FEED_WORDS.fullmatch(text := _title(data)):
                self.anchors[-1] = self.anchors[-1]._replace(title=text)


def _declared(href: str, values: dict[str, str]) -> FeedLink | None:
    """The link, where its rel and type say that it leads, or may lead, to a feed of this page."""
    rel = values.get("rel", "").lower().split()
    kind = values.get("type", "").partition(";")[0].strip().lower()
    title = _title(values.get("title", ""))
    if "feed" in rel:
        return FeedLink(href, title, kind if kind in _SURE else _SURE[0])
    if "alternate" not in rel or not (kind in (*_SURE, *_PERHAPS) or (not kind and _FEED_PATH.search(href))):
        return None
    return FeedLink(href, title, kind or _PERHAPS[0])


def _title(text: str) -> str:
    return " ".join(text[: 2 * LONGEST_TITLE].split())[:LONGEST_TITLE]


def _of_header(text: str) -> Iterator[FeedLink]:
    """The feeds that a Link header names (RFC 8288)."""
    for target, parameters in _LINK_VALUE.findall(text[:LONGEST_HEADER]):
        given = reversed(_PARAMETER.findall(parameters))  # of two, the first counts
        values = {name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in given}
        link = _declared(target.strip(), values)
        if link is not None and link.url and len(link.url) <= LONGEST_LINK and "anchor" not in values:
            yield link


def web_address(url: str) -> str:
    """The address on the web: readers have long spelt feeds' addresses `feed://HOST/...` and `feed:https://HOST/...`."""
    found = _FEED_SCHEME.fullmatch(url)
    return f"{(found['http'] or 'http').rstrip(':')}://{found['rest'].lstrip('/')}" if found else url


def is_page(body: bytes, content_type: str) -> bool:
    """Whether a document that is no feed is a web page."""
    head = body[:4096]
    return bool(_PAGE.search(head)) or ("html" in content_type.lower() and not _XML.match(head.lstrip()))


def feed_links(page: bytes, content_type: str, url: str, link_header: str = "") -> tuple[FeedLink, ...]:
    """The feeds that the page at `url` names: those that its Link header and it declare, then links that look like one.

    Each address is absolute, http or https, without credentials, and there once; the page's own is left out. At most
    `MOST_LINKS` come back, of the first 2 MiB; whatever the bytes are, nothing is raised.
    """
    links = _Links()
    with contextlib.suppress(AssertionError):  # the parser's own, for `<![what it does not know[`; all before is read
        # Never closed: a tag left open would cost quadratic time.
        links.feed(page_text(page[:READ_BYTES], content_type))
    base = address_at(url, links.base) or url
    declared: dict[str, FeedLink] = {}
    for link in _of_header(link_header):
        _add(declared, url, link, url)
    for link in links.declared:
        _add(declared, base, link, url)
    linked: dict[str, FeedLink] = {}
    for link in sorted(filter(_looks_like_feed, links.anchors), key=lambda link: bool(_HARDLY.search(link.url))):
        if len(linked) >= MOST_ANCHORS:
            break
        _add(linked, base, link, url)
    by_doubt = sorted(declared.values(), key=lambda link: link.type in _PERHAPS)
    return (*by_doubt, *(link for link in linked.values() if link.url not in declared))[:MOST_LINKS]


def _add(found: dict[str, FeedLink], base: str, link: FeedLink, page: str) -> None:
    address = address_at(base, link.url)
    if address and address != address_at(page, page):
        found.setdefault(address, link._replace(url=address))


def address_at(base: str, link: str) -> str:
    """The address as it is asked for; "" for what cannot be, and for one with credentials."""
    try:
        target = parse_url(urljoin(base, web_address(link)))
    except (ValueError, Blocked):
        return ""
    return "" if target.userinfo else target.url


def _looks_like_feed(link: FeedLink) -> bool:
    return bool(_FEED_PATH.search(link.url) or _FEED_WORDS.fullmatch(link.title))
