"""A document as the parser hands it over: HTML, dates and links, each field bounded."""

from hashlib import blake2b
from urllib.parse import urljoin

import msgspec

from stream.text.links import is_bare_host

__all__ = [
    "FIELD_LIMITS",
    "MOST_ENTRIES",
    "Entry",
    "ParseFailed",
    "Parsed",
    "absolute",
    "bounded",
    "identifier",
    "too_many",
]

FIELD_LIMITS = {"title": 20_000, "summary": 100_000, "content": 100_000, "link": 4_000, "name": 1_000, "date": 200}
LONGEST_GUID = 1_000
MOST_ENTRIES = 25_000  # in one document: some seconds of work


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entry; `published` is the date as given, `published_ms` its moment where all of it was understood, else None.

    `title`, `summary` and `content` are HTML, whatever they were in the document. `content` is the body where there is
    one beside the summary; where the entry has no summary, that is the body. `guid` is the id as given, or a hash of it
    when it is long. `link` is absolute. `source_name` and `source_url` are the publisher from whom an aggregator
    took the entry.
    """

    guid: str
    link: str
    title: str
    summary: str
    published: str
    published_ms: int | None
    lang: str = ""
    source_name: str = ""
    source_url: str = ""
    content: str = ""


class Parsed(msgspec.Struct, frozen=True):
    """A document that is a source of items; from a damaged one, what could be read.

    `title` is HTML. `ttl` is for how long it stays as it is, in seconds (0: not stated), `skip_hours` the hours (UTC)
    without news and `skip_days` the days of the week (Monday is 0). `warnings` name what could not be read.
    `why` says by what it was known for what it is, and `options` are the settings of its kind that were found with it,
    where none had been given. `goes_on` is what it says itself of its next part, an address or a mark. `partial`: it
    has more entries, which are as they were. `pages`: its entries are pages, whose texts, and titles where they have
    none here, are those of their articles.
    """

    title: str
    lang: str
    site: str
    entries: tuple[Entry, ...]
    damaged: bool = False
    ttl: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""
    options: dict[str, str] = msgspec.field(default_factory=dict)
    goes_on: str = ""
    partial: bool = False
    pages: bool = False


class ParseFailed(msgspec.Struct, frozen=True):
    """Why a document is no feed: `not_a_feed`, `parse`, `unsafe_xml`, `too_large` or `timeout`, and a sentence."""

    kind: str
    message: str


def too_many(entries: int) -> ParseFailed:
    """Why a document with so many entries is not read."""
    return ParseFailed("too_large", f"the document lists {entries:,} entries, and at most {MOST_ENTRIES:,} are read")


def bounded(value: object, field: str) -> str:
    """A text of at most so many characters as the field may have, without half surrogates; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value[: FIELD_LIMITS[field]]
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def identifier(value: object) -> str:
    """An entry's id as given, or a hash of it when it is long; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    encoded = value.encode("utf-8", "replace")
    return encoded.decode() if len(encoded) <= LONGEST_GUID else blake2b(encoded, digest_size=16).hexdigest()


def absolute(base: str, link: str) -> str:
    """The link as seen from `base`; "" for none and for one that cannot be read.

    `www.example.com/a` is an address, as in a browser's bar, and no file beside the base.
    """
    if is_bare_host(link):
        link = f"http://{link.strip()}"
    try:
        return bounded(urljoin(base, link.strip()), "link") if link.strip() else ""
    except ValueError:
        return ""
