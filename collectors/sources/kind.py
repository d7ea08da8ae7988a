"""What a kind of source is, and what it may use while it polls.

A new kind is one file in this folder and one line in `registry.py`. The file has a function that does one step of a
poll, and a constant that describes the kind:

    def poll(request: PollRequest, context: PollContext) -> PollResult:
        fetched = context.fetch(request)
        if not isinstance(fetched, Fetched):    # nothing is new, or it cannot be fetched
            return fetched
        return context.read(fetched, parse)     # parse(body, content_type, url) -> Parsed | ParseFailed

    SITEMAP = SourceKind("sitemap", "Pages that a sitemap lists.", recognises, poll, SitemapOptions)

Everything else holds for all kinds: when a poll is due, the limits of a host, the guard, redirects, what is new,
health, and that a document is decided on exactly once. A poll that needs several requests returns a `Document` with
`next_url` (and a `cursor` of its own making). That request is a durable row: after a restart the poll goes on there.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import msgspec

from collectors.fetching.credentials import CredentialsError, credential_headers
from collectors.fetching.fetch import Fetcher
from collectors.fetching.results import ACCEPT_FEEDS, ACCEPT_PAGES, Fetched, FetchFailed, FetchRequest, NotModified
from collectors.fetching.robots import Robots
from collectors.parsing.parsed import ParseFailed
from collectors.parsing.parser_pool import Parse, ParserPool
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult, Unchanged
from stream.errors import ThemewireError
from stream.net.guard import Blocked, parse_url

__all__ = [
    "LEAST_PARSE_SECONDS",
    "NoOptions",
    "PollContext",
    "SourceError",
    "SourceKind",
    "body_hash",
    "read_options",
    "unchanged",
]

AGENT = "themewire"  # the product token by which robots.txt names us
LEAST_PARSE_SECONDS = 4.0  # for a document that took all of the deadline to come
Options = TypeVar("Options", bound=msgspec.Struct)


class SourceError(ThemewireError):
    """A feed's record has a kind of source that is not known, or options that its kind does not have."""


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a kind that has no options."""


@dataclass(frozen=True)
class PollContext:
    """What a kind polls with, in one of many threads: guarded fetches, and parser processes that can be killed.

    A body has at most `max_bytes`; a step takes at most `deadline` seconds, and a little more to parse what came last.
    """

    fetcher: Fetcher
    parsers: ParserPool
    max_bytes: int
    deadline: float
    clock: Callable[[], float] = time.time  # Unix time

    @cached_property
    def robots(self) -> Robots:
        """What sites allow us to read of their pages."""
        return Robots(self.fetcher, AGENT)

    def fetch_page(self, request: PollRequest, accept: str = ACCEPT_PAGES) -> Fetched | Unchanged | PollFailed:
        """As `fetch`, of what is there for people, or for search engines: where the site's robots.txt allows it."""
        if refusal := self.refusal(request, request.url):
            return PollFailed("robots", refusal, 0.0, 0.0)
        fetched = self.fetch(request, accept)
        if not isinstance(fetched, Fetched) or fetched.final_url == request.url:
            return fetched
        refusal = self.refusal(request, fetched.final_url)
        return PollFailed("robots", refusal, 0.0, fetched.seconds, fetched.received) if refusal else fetched

    def refusal(self, request: PollRequest, url: str) -> str:
        """Why the site's robots.txt does not let this page be read for a request, "" where it does."""
        return self.robots.refusal(url, request.given_url or request.began_at, self.deadline)

    def fetch(self, request: PollRequest, accept: str = ACCEPT_FEEDS) -> Fetched | Unchanged | PollFailed:
        """The request's document; or the poll's result where nothing is new or it cannot be fetched.

        Credentials go to the origin of the poll's first address only.
        """
        try:
            headers = credential_headers(request.credentials, os.environ) if _at_home(request) else ()
        except CredentialsError as error:
            return PollFailed("auth", str(error), 0.0, 0.0)
        fetched = self.fetcher.fetch(
            FetchRequest(
                url=request.url,
                etag=request.etag,
                last_modified=request.last_modified,
                max_bytes=self.max_bytes,
                deadline=self.deadline,
                headers=headers,
                given_url=request.given_url,
                accept=accept,
            )
        )
        if isinstance(fetched, NotModified):
            return unchanged(fetched)
        if isinstance(fetched, FetchFailed):
            return _failed(fetched)
        return unchanged(fetched) if body_hash(fetched.body) == request.body_hash else fetched

    def read(self, fetched: Fetched, parse: Parse) -> Document | PollFailed:
        """The document that a parser process makes of a body, within what is left of the deadline.

        `parse` is a function of a module, since it runs in another process.
        """
        began = time.monotonic()
        within = max(LEAST_PARSE_SECONDS, self.deadline - fetched.seconds)
        parsed = self.parsers.parse(fetched.body, fetched.content_type, fetched.final_url, within, parse)
        seconds = fetched.seconds + time.monotonic() - began
        if isinstance(parsed, ParseFailed):
            return PollFailed(parsed.kind, parsed.message, 0.0, seconds, fetched.received)
        whole = not parsed.damaged  # of half a document only the hash is kept: the server must not answer 304 to it
        return Document(
            etag=fetched.etag if whole else "",
            last_modified=fetched.last_modified if whole else "",
            body_hash=body_hash(fetched.body),
            permanent_url=fetched.permanent_url,
            parsed=parsed,
            seconds=seconds,
            max_age=fetched.ttl_seconds,
            received=fetched.received,
        )

    def close(self) -> None:
        """Ends connections and parser processes, and with them every poll."""
        self.fetcher.close()
        self.parsers.close()


@dataclass(frozen=True)
class SourceKind:
    """A kind of source: its name in a feed's record, a sentence for people, how it is recognised, and how it is polled.

    `recognises` says of what `feeds add` has fetched whether it is of this kind, by how it begins; `poll` does one step
    and never raises for what a server does. `options` are the settings that a feed's record may have for this kind.
    `finds`, a function of a module, is for a kind that cannot be told so: what it makes of a document that is of no
    kind, with the options that it found (`Parsed.options`), or why it is none of its own. Addresses of its own
    `schemes` are of this kind, whatever is there, and are not fetched.
    """

    name: str
    summary: str
    recognises: Callable[[Fetched], bool]
    poll: Callable[[PollRequest, PollContext], PollResult]
    options: type[msgspec.Struct] = NoOptions
    finds: Parse | None = None
    schemes: tuple[str, ...] = ()


def read_options(options: Mapping[str, str], kind: type[Options]) -> Options:
    """A feed's options as a struct of the kind's; raises `SourceError` for those that do not fit."""
    try:
        return msgspec.convert(dict(options), kind, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(kind.__struct_fields__) or "none"
        raise SourceError(f"the feed's options do not fit its kind: {error}; known ones: {known}") from error


def body_hash(body: bytes) -> str:
    """By which a body is known again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _at_home(request: PollRequest) -> bool:
    """Whether a step is at the origin at which the poll began."""
    if not request.first_url:
        return True
    try:
        here, home = parse_url(request.url), parse_url(request.first_url)
    except Blocked:
        return False
    return (here.scheme, *here.address) == (home.scheme, *home.address)


def unchanged(fetched: Fetched | NotModified) -> Unchanged:
    """The result of a poll of a document in which nothing is new."""
    return Unchanged(
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        not_modified=isinstance(fetched, NotModified),
        seconds=fetched.seconds,
        permanent_url=fetched.permanent_url,
        max_age=fetched.ttl_seconds,
        received=0 if isinstance(fetched, NotModified) else fetched.received,
    )


def _failed(fetched: FetchFailed) -> PollFailed:
    return PollFailed(
        kind=fetched.kind,
        message=fetched.message,
        retry_after=fetched.retry_after,
        seconds=fetched.seconds,
        received=fetched.received,
        requested=fetched.requested,
        host=fetched.host,
        backoff=fetched.backoff,
    )
