"""What is at an address, of whatever kind, with nothing stored: for `feeds add` and `feeds check`.

fetch ─► the kind that recognises it ─► all steps of its poll ─► SourceSeen
                      ├── a web page that is no feed and links to some ─► PageSeen
                      └── a kind that finds what it reads in it ─► SourceSeen, with the options that it found
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.discover import FeedLink, address_at, feed_links, is_page
from collectors.parsing.parsed import Parsed
from collectors.parsing.parser_pool import parse_feed
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult
from collectors.poller import Poller
from collectors.sources.feed import FEED
from collectors.sources.kind import PollContext, SourceKind
from collectors.sources.registry import SOURCE_KINDS, kind_of
from stream.records import Failure

__all__ = ["Look", "NothingSeen", "PageSeen", "SourceSeen", "look"]


@dataclass(frozen=True)
class SourceSeen:
    """A source of this kind is there; `seconds` is how long it took to read."""

    kind: str
    parsed: Parsed
    seconds: float

    @property
    def why(self) -> str:
        """By what it was known."""
        return self.parsed.why or "the document is a web feed"


@dataclass(frozen=True)
class PageSeen:
    """A web page is there, with the feeds that it names, and nothing else that could be polled.

    `sitemaps` are those that its site's robots.txt names, where the page names no feed.
    """

    links: tuple[FeedLink, ...]
    failure: Failure
    seconds: float
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class NothingSeen:
    """Nothing could be read."""

    failure: Failure
    seconds: float


Look = SourceSeen | PageSeen | NothingSeen


def look(request: PollRequest, context: PollContext, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> Look:
    """What a first poll of this address would bring; the kind "" is found by what is there."""
    kinds = tuple(kinds)
    if request.kind not in ("", FEED.name):
        return _seen(request.kind, Poller(context, kinds).poll_all(request))
    fetched = context.fetch(request)
    if not isinstance(fetched, Fetched):
        return _seen(FEED.name, fetched)
    kind = FEED if request.kind else kind_of(fetched, kinds)
    if kind is not FEED:
        seen = _seen(kind.name, Poller(context, kinds).poll_all(replace(request, kind=kind.name)))
        if isinstance(seen, SourceSeen) or not kind.finds:
            return seen
    result = context.read(fetched, parse_feed)
    if not isinstance(result, PollFailed):
        return _seen(FEED.name, result)
    page = _page(fetched, result)
    if request.kind or result.kind != "not_a_feed" or (isinstance(page, PageSeen) and page.links) or fetched.challenge:
        return page
    if found := _found(fetched, request, context, kinds):
        return found
    if not isinstance(page, PageSeen):
        return page
    return dataclasses.replace(page, sitemaps=_sitemaps(fetched, request, context))


def _found(fetched: Fetched, request: PollRequest, context: PollContext, kinds: Sequence[SourceKind]) -> Look | None:
    """The first kind that finds something in a document that is of no kind by itself, polled by its own rules."""
    for kind in kinds:
        if kind.finds and isinstance(context.read(fetched, kind.finds), Document):
            return _seen(kind.name, Poller(context, kinds).poll_all(replace(request, kind=kind.name)))
    return None


def _sitemaps(fetched: Fetched, request: PollRequest, context: PollContext) -> tuple[str, ...]:
    """The sitemaps of a page's site, those of news first."""
    given = request.given_url or request.url
    named = context.robots.sitemaps(fetched.final_url, given, context.deadline)
    addresses = dict.fromkeys(address for each in named if (address := address_at(fetched.final_url, each)))
    return tuple(sorted(addresses, key=lambda url: "news" not in url.lower()))


def _seen(kind: str, result: PollResult) -> Look:
    if isinstance(result, Document):
        return SourceSeen(kind, result.parsed, result.seconds)
    if isinstance(result, PollFailed):
        return NothingSeen(Failure(result.kind, result.message), result.seconds)
    raise AssertionError("a request without validators cannot find that nothing has changed")


def _page(fetched: Fetched, result: PollFailed) -> Look:
    """A page that names feeds, where what is no feed is one."""
    failure = Failure(result.kind, result.message)
    links = feed_links(fetched.body, fetched.content_type, fetched.final_url, fetched.link_header)
    if not (is_page(fetched.body, fetched.content_type) or (fetched.link_header and links)):
        return NothingSeen(failure, fetched.seconds)
    if fetched.challenge and not links:
        return NothingSeen(Failure(failure.kind, fetched.challenge), fetched.seconds)
    return PageSeen(links, failure, fetched.seconds)
