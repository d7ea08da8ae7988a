"""Sitemaps (sitemaps.org), with Google's extension for news, and indexes of them; runs in a parser process.

What is damaged is read up to the damage. A plain text with an address on each line is a sitemap, too.
"""

import re
from functools import partial
from urllib.parse import urlsplit
from xml.parsers import expat

from collectors.parsing.decoding import decoded
from collectors.parsing.markup import html_of_plain
from collectors.parsing.moment import understood
from collectors.parsing.parsed import Entry, Parsed, ParseFailed, absolute, bounded, identifier
from collectors.parsing.xml_guard import refusal
from collectors.parsing.xml_text import BLANKS, as_xml
from stream.text.patterns import pattern

__all__ = ["is_index", "is_sitemap", "parse_index", "parse_sitemap"]

MOST_LISTED = 100_000  # addresses of one document, which may have 50,000
MOST_IN_AN_INDEX = 50_000
_PROLOG = rb"(?:\s++|(?><\?.*?\?>)|(?><!--.*?-->)|(?><![^-][^>]*+>))*+"
_ROOT = re.compile(
    rb"[^<\s]{0,8}" + _PROLOG + rb"<(?:[\w.-]{1,40}:)?(urlset|sitemapindex)[\s>/]", re.IGNORECASE | re.DOTALL
)
_LINE = re.compile(rb"https?://\S+")
_NEWS = "news"
# By local name, within `url` or `sitemap` only: an image's `loc` lies deeper.
_FIELDS = {
    ("loc",): "loc",
    ("lastmod",): "lastmod",
    (_NEWS, "title"): "title",
    (_NEWS, "publication_date"): "published",
    (_NEWS, "publication", "language"): "lang",
    (_NEWS, "publication", "name"): "name",
}
_Listed = dict[str, str]


def is_sitemap(body: bytes) -> bool:
    """Whether a document begins as a sitemap or as an index of them."""
    return bool(_ROOT.match(_head(body))) or _is_list(body)


def is_index(body: bytes) -> bool:
    """Whether a document begins as an index of sitemaps."""
    found = _ROOT.match(_head(body))
    return bool(found) and found[1].lower() == b"sitemapindex"  # type: ignore[index]  # it was found


def parse_sitemap(body: bytes, content_type: str, url: str, *, most: int, match: str = "") -> Parsed | ParseFailed:
    """An entry for each page of a sitemap whose address the pattern finds; of more than `most` the newest."""
    if _is_list(body):
        listed, damage = _lines(body), ""
    else:
        read = _read(body, content_type, "urlset", MOST_LISTED)
        if isinstance(read, ParseFailed):
            return read
        listed, damage = read
    count = len(listed)
    if match:
        listed = [each for each in listed if pattern(match).search(each["loc"])]
    chosen = _newest(listed, most)
    if chosen is None:
        message = (
            f"the sitemap lists {len(listed):,} pages, not all of them with a date, and at most {most:,} are read: "
            "choose those of one part of the site with the option match"
        )
        return ParseFailed("too_large", message)
    warnings = [damage] if damage else []
    if len(chosen) < len(listed):
        warnings.append(f"the sitemap lists {len(listed):,} pages, and the {len(chosen):,} newest are read")
    entries = tuple(map(partial(_entry, url), chosen))
    if entries and not any(entry.link for entry in entries):
        return ParseFailed("parse", "no address in the sitemap is one of the web")
    if match and count and not listed:
        return ParseFailed("parse", f"none of the sitemap's {count:,} addresses matches {match!r}")
    names = [each["name"] for each in chosen if "name" in each]
    return Parsed(
        title=html_of_plain(names[0] if names else urlsplit(url).netloc, title=True),
        lang="",
        site="",
        entries=entries,
        damaged=bool(damage),
        warnings=tuple(warnings),
        why=f"the document is a {'news ' if names else ''}sitemap of {count:,} page{'' if count == 1 else 's'}",
        pages=True,
    )


def parse_index(body: bytes, content_type: str, url: str) -> Parsed | ParseFailed:
    """An entry for each sitemap that an index lists, those that were changed last first, as far as it says so."""
    read = _read(body, content_type, "sitemapindex", MOST_IN_AN_INDEX)
    if isinstance(read, ParseFailed):
        return read
    listed, damage = read
    entries = {entry.link: entry for entry in map(partial(_entry, url), listed) if entry.link}
    if not entries:
        return ParseFailed("parse", "the index of sitemaps lists none")
    newest = sorted(entries.values(), key=lambda entry: -(entry.published_ms or 0))
    return Parsed(
        title=html_of_plain(urlsplit(url).netloc, title=True),
        lang="",
        site="",
        entries=tuple(newest),
        damaged=bool(damage),
        warnings=(damage,) if damage else (),
        why=f"the document is an index of {len(entries):,} sitemaps",
        pages=True,
    )


def _head(body: bytes) -> bytes:
    """How the document begins, also one in two bytes a letter; remarks before the root may be long."""
    return body[:8192].replace(b"\0", b"")


def _is_list(body: bytes) -> bool:
    """Whether a document is addresses only, one a line."""
    lines = body[:4096].lstrip(b"\xef\xbb\xbf").split(b"\n")
    whole = lines[:-1] if len(body) > 4096 else lines
    filled = [line.strip() for line in whole if line.strip()]
    return bool(filled) and all(map(_LINE.fullmatch, filled))


def _lines(body: bytes) -> list[_Listed]:
    return [{"loc": line.decode("utf-8", "replace")} for line in _LINE.findall(body)][:MOST_LISTED]


def _read(body: bytes, content_type: str, root: str, most: int) -> tuple[list[_Listed], str] | ParseFailed:
    """What each `url` or `sitemap` of a document says that has an address, and a sentence where it is damaged."""
    document = as_xml(decoded(body, content_type).lstrip(BLANKS).encode())
    if refused := refusal(document):
        return refused
    reader = _Reader()
    try:
        reader.read(document)
        damage = ""
    except expat.ExpatError as error:
        damage = f"the sitemap is damaged, and read as far as it goes: {error}"
    if reader.root != root:
        return ParseFailed("not_a_feed", "the document is no sitemap")
    if damage and not reader.listed:
        return ParseFailed("parse", f"the sitemap is damaged beyond use: {damage.rpartition(': ')[2]}")
    if len(reader.listed) > most:
        return ParseFailed("too_large", f"the sitemap lists {len(reader.listed):,} addresses, and may list 50,000")
    return reader.listed, damage


class _Reader:
    """Handlers of expat: each `url` or `sitemap` is a dict of its fields."""

    def __init__(self) -> None:
        self.root = ""
        self.listed: list[_Listed] = []
        self._path: list[str] = []
        self._own: _Listed = {}
        self._text: list[str] | None = None  # of the field that is open

    def read(self, document: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.Parse(document, True)

    def _start(self, name: str, _: object) -> None:
        name = name.rpartition(":")[2].lower()
        self.root = self.root or name
        self._path.append(name)
        if len(self._path) == 2:
            self._own = {}
        self._text = [] if tuple(self._path[2:]) in _FIELDS else None

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, _: str) -> None:
        if self._text is not None:
            self._own.setdefault(_FIELDS[tuple(self._path[2:])], "".join(self._text).strip())
            self._text = None
        elif len(self._path) == 2 and self._path[1] in ("url", "sitemap") and self._own.get("loc"):
            self.listed.append(self._own)
        self._path.pop()


def _newest(listed: list[_Listed], most: int) -> list[_Listed] | None:
    """At most so many, those with the newest dates; None where dates are too few to say which they are."""
    if len(listed) <= most:
        return listed
    dated = [(understood(_dates(each))[1], each) for each in listed]
    if any(at is None for at, _ in dated):
        return None
    return [each for _, each in sorted(dated, key=lambda one: -(one[0] or 0))[:most]]


def _dates(listed: _Listed) -> tuple[str, str]:
    return bounded(listed.get("published"), "date"), bounded(listed.get("lastmod"), "date")


def _entry(url: str, listed: _Listed) -> Entry:
    link = absolute(url, bounded(listed["loc"], "link"))
    published, published_ms = understood(_dates(listed))
    return Entry(
        guid=identifier(link),
        link=link if link.lower().startswith(("http:", "https:")) else "",
        title=html_of_plain(bounded(listed.get("title"), "title"), title=True),
        summary="",
        published=published,
        published_ms=published_ms,
        lang=bounded(listed.get("lang"), "date"),
    )
