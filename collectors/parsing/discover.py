"""The feeds that a web page names, for people who give the page's address; nothing is guessed."""

import contextlib
import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from stream.net.guard import Blocked, parse_url

__all__ = ["MOST_LINKS", "FeedLink", "feed_links", "is_page"]

READ_BYTES = 512 * 1024
MOST_LINKS = 20
MOST_ANCHORS = 5
LONGEST_LINK = 2000
LONGEST_TITLE = 200
_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_PERHAPS = "application/json"  # version 1.0 of JSON Feed said so; mostly it is something else
_FEED_PATHS = ("/feed", "/rss", "/atom", ".rss", ".xml", "feed.json")
_PAGE = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML = re.compile(rb"<\s*(?:\?xml|rss|feed|rdf:rdf)\b", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([a-z0-9_.:-]{1,40})", re.IGNORECASE)
# Decoders of other names exist, and some take quadratic time.
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|iso-?8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]|shift[_-]jis|euc-(?:jp|kr)|"
    r"gb2312|gbk|gb18030|big5|iso-2022-jp"
)


class FeedLink(NamedTuple):
    """A feed's address, with the title and the media type that the page gives it; both may be empty."""

    url: str
    title: str
    type: str


class _Links(HTMLParser):
    """Collects, in order: the first base, what is declared as an alternate of the page, and what is linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.alternates: list[FeedLink] = []
        self.anchors: list[FeedLink] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # of two, the first counts
        href = re.sub(r"[\t\r\n]", "", values.get("href", "")).strip()
        if not href or len(href) > LONGEST_LINK:
            return
        title = " ".join(values.get("title", "")[: 2 * LONGEST_TITLE].split())[:LONGEST_TITLE]
        if tag == "base":
            self.base = self.base or href
        elif tag == "link" and "alternate" in values.get("rel", "").lower().split():
            kind = values.get("type", "").partition(";")[0].strip().lower()
            if kind in _TYPES or kind == _PERHAPS:
                self.alternates.append(FeedLink(href, title, kind))
        elif tag == "a":
            self.anchors.append(FeedLink(href, title, ""))


def is_page(body: bytes, content_type: str) -> bool:
    """Whether a document that is no feed is a web page."""
    head = body[:4096]
    return bool(_PAGE.search(head)) or ("html" in content_type.lower() and not _XML.match(head.lstrip()))


def feed_links(page: bytes, content_type: str, url: str) -> tuple[FeedLink, ...]:
    """The feeds that the page at `url` names: those that it declares, then links that look like one.

    Each address is absolute, http or https, without credentials, and there once; the page's own is left out. At most
    `MOST_LINKS` come back, of the first 512 KiB; whatever the bytes are, nothing is raised.
    """
    links = _Links()
    with contextlib.suppress(AssertionError):  # the parser's own, for `<![what it does not know[`; all before is read
        links.feed(_text(page[:READ_BYTES], content_type))  # never closed: a tag left open would cost quadratic time
    base = _absolute(url, links.base) or url
    declared = sorted(links.alternates, key=lambda link: link.type == _PERHAPS)
    found: dict[str, FeedLink] = {}
    for link in declared:
        _add(found, base, link, url)
    for link in links.anchors:
        if len(found) >= MOST_LINKS or sum(not one.type for one in found.values()) >= MOST_ANCHORS:
            break
        if _looks_like_feed(base, link.url):
            _add(found, base, link, url)
    return tuple(found.values())[:MOST_LINKS]


def _add(found: dict[str, FeedLink], base: str, link: FeedLink, page: str) -> None:
    address = _absolute(base, link.url)
    if address and address != _absolute(page, page):
        found.setdefault(address, link._replace(url=address))


def _absolute(base: str, link: str) -> str:
    """The address as it is asked for; "" for what cannot be, and for one with credentials."""
    try:
        target = parse_url(urljoin(base, link))
    except (ValueError, Blocked):
        return ""
    return "" if target.userinfo else target.url


def _looks_like_feed(base: str, link: str) -> bool:
    try:
        path = urlsplit(urljoin(base, link)).path
    except ValueError:
        return False
    return path.lower().rstrip("/").endswith(_FEED_PATHS)


def _text(page: bytes, content_type: str) -> str:
    """The page as text, in the encoding that a BOM, the header or the page's head names, or else UTF-8."""
    if page[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return page.decode("utf-16", "replace")
    said = _CHARSET.search(content_type.encode("ascii", "replace")) or _CHARSET.search(page[:1024])
    name = said[1].decode().lower() if said else "utf-8"
    try:
        return page.decode(name if _CHARSETS.fullmatch(name) else "utf-8", "replace")
    except LookupError:
        return page.decode("utf-8", "replace")
