"""Sitemaps: the pages of a site, as it tells search engines of them; also news sitemaps, and indexes of sitemaps.

index ─► the sitemaps that were changed last, a step each ─► the pages they list

An index says little of whether a page is new, so its own validators do not count. Those of its sitemaps are kept from
poll to poll (`_Progress`), and a sitemap that has not changed brings nothing; once a month all are read again, since
what is not read for a year is forgotten.
"""

from functools import partial

import msgspec
from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.parsed import Parsed
from collectors.parsing.sitemap import is_index, is_sitemap, parse_index, parse_sitemap
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult, Unchanged
from collectors.sources.kind import PollContext, SourceKind, read_options
from stream.text.patterns import pattern

__all__ = ["SITEMAP", "SitemapOptions"]

ACCEPT = "application/xml, text/xml, text/plain;q=0.5, */*;q=0.1"
MOST_PAGES, MOST_SITEMAPS = 25_000, 50
FULL_EVERY = 30 * 86_400.0  # seconds
LONGEST_VALIDATOR = 300
# What is a fault of one sitemap, and no reason to leave the others.
PASSED_OVER = ("status", "gone", "parse", "not_a_feed", "unsafe_xml", "too_large", "encoding", "robots", "blocked")


class SitemapOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`match` is a pattern (RE2) that is found in the addresses of the pages that count; at most `most` pages are read,
    and at most `sitemaps` sitemaps of an index."""

    match: str = ""
    most: int = 10_000
    sitemaps: int = 20

    def __post_init__(self) -> None:
        if self.match:
            pattern(self.match)  # a ValueError says what is wrong with it
        if not (1 <= self.most <= MOST_PAGES and 1 <= self.sitemaps <= MOST_SITEMAPS):
            raise ValueError(f"`most` is from 1 to {MOST_PAGES}, `sitemaps` from 1 to {MOST_SITEMAPS}")


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """By what a sitemap of an index is known again."""

    etag: str
    last_modified: str
    body_hash: str


class _Progress(msgspec.Struct, frozen=True):
    """The cursor: sitemaps that are still to be read, how many pages may still come, and how those read have answered.

    `known` are the validators of the sitemaps, and `full_at` is when all of them were last read without any.
    """

    left: tuple[str, ...] = ()
    room: int = 0
    known: dict[str, _Known] = msgspec.field(default_factory=dict)
    asked: int = 0
    read: int = 0
    failed: int = 0
    full_at: float = 0.0


def poll_sitemap(request: PollRequest, context: PollContext) -> PollResult:
    """One step: the address of the feed, or one of the sitemaps that an index there lists."""
    options = read_options(request.options, SitemapOptions)
    if request.step:
        return _one_of_many(request, context, options)
    fetched = context.fetch_page(request, ACCEPT)
    if not isinstance(fetched, Fetched):
        return fetched
    if not is_index(fetched.body):
        return context.read(fetched, partial(parse_sitemap, most=options.most, match=options.match))
    index = context.read(fetched, parse_index)
    return _begun(index, request, options, context.clock()) if isinstance(index, Document) else index


def _begun(index: Document, request: PollRequest, options: SitemapOptions, now: float) -> Document:
    """The index as the first step: which of its sitemaps come next."""
    listed = [entry.link for entry in index.parsed.entries if entry.link != request.url]
    chosen, warnings = listed[: options.sitemaps], index.parsed.warnings
    if len(listed) > len(chosen):
        said = f"the index lists {len(listed):,} sitemaps, and {len(chosen)} of them are read"
        warnings = (*warnings, said)
    last = msgspec.json.decode(request.cursor, type=_Progress) if request.cursor else _Progress()
    full = not 0 <= now - last.full_at < FULL_EVERY
    known = {} if full else {url: last.known[url] for url in chosen if url in last.known}
    progress = _Progress(tuple(chosen[1:]), options.most, known, full_at=now if full else last.full_at)
    return replace(
        index,
        etag="",
        last_modified="",
        body_hash="",
        parsed=replace(index.parsed, entries=(), warnings=warnings),
        next_url=chosen[0] if chosen else "",
        cursor=_packed(progress),
    )


def _one_of_many(request: PollRequest, context: PollContext, options: SitemapOptions) -> PollResult:
    """A sitemap of an index; the last one ends the poll, which is `Unchanged` where none of them has changed."""
    progress = msgspec.json.decode(request.cursor, type=_Progress)
    known = progress.known.get(request.url, _Known("", "", ""))
    asked = replace(request, etag=known.etag, last_modified=known.last_modified, body_hash=known.body_hash)
    found = _read_one(asked, context, options, progress.room)
    if isinstance(found, PollFailed) and found.kind not in PASSED_OVER:
        return found
    after = _after(progress, request.url, found)
    last = not after.left or after.room < 1
    if last and not after.read and not isinstance(found, Document):
        if isinstance(found, Unchanged) and not after.failed:
            return found
        if isinstance(found, PollFailed) and after.failed == after.asked:
            return found
    document = found if isinstance(found, Document) else _nothing_of(request, found)
    to, rest = ("", ()) if last else (after.left[0], after.left[1:])
    return replace(document, next_url=to, cursor=_packed(replace(after, left=rest)))


def _read_one(request: PollRequest, context: PollContext, options: SitemapOptions, room: int) -> PollResult:
    fetched = context.fetch_page(request, ACCEPT)
    if not isinstance(fetched, Fetched):
        return fetched
    if is_index(fetched.body):  # it may well be the one that led here
        return PollFailed("parse", "an index of sitemaps lists another one", 0.0, fetched.seconds, fetched.received)
    return context.read(fetched, partial(parse_sitemap, most=room, match=options.match))


def _after(progress: _Progress, url: str, found: PollResult) -> _Progress:
    """How the poll stands when this sitemap has been asked for."""
    progress = replace(progress, asked=progress.asked + 1, failed=progress.failed + isinstance(found, PollFailed))
    if not isinstance(found, Document):
        return progress
    short = all(len(text) <= LONGEST_VALIDATOR for text in (found.etag, found.last_modified))
    validators = _Known(found.etag, found.last_modified, found.body_hash) if short else _Known("", "", found.body_hash)
    known = progress.known if found.parsed.damaged else {**progress.known, url: validators}
    room = progress.room - len(found.parsed.entries)
    return replace(progress, known=known, read=progress.read + 1, room=room)


def _nothing_of(request: PollRequest, found: Unchanged | PollFailed) -> Document:
    """The step of a sitemap in which nothing is new, or that cannot be read."""
    warnings = (f"{request.url} cannot be read: {found.message}"[:300],) if isinstance(found, PollFailed) else ()
    parsed = Parsed("", "", "", (), warnings=warnings, partial=True, pages=True)
    return Document("", "", "", "", parsed, found.seconds, received=found.received)


def _packed(progress: _Progress) -> str:
    return msgspec.json.encode(progress).decode()


def _recognises(fetched: Fetched) -> bool:
    return is_sitemap(fetched.body)


SITEMAP = SourceKind(
    "sitemap", "The pages of a site, by its sitemap for search engines.", _recognises, poll_sitemap, SitemapOptions
)
