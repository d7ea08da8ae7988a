"""Performs one poll: fetch, compare with what was stored, parse. What it comes to is an answer, never an exception."""

import hashlib
import os
import time
from urllib.parse import urlsplit

import msgspec

from collectors.fetching.credentials import CredentialsError, credential_headers
from collectors.fetching.fetch import Fetcher
from collectors.fetching.results import Fetched, FetchFailed, FetchRequest, NotModified
from collectors.parsing.discover import is_page
from collectors.parsing.parsed import ParseFailed
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import Document, Order, PollAnswer, PollFailed, Unchanged
from stream.engine.stage import Request

__all__ = ["Poller", "host_of"]


LEAST_PARSE_SECONDS = 4.0  # for a document that took all of the deadline to come


class Poller:
    """Fetches and parses, for many threads."""

    def __init__(self, fetcher: Fetcher, parsers: ParserPool, max_bytes: int, deadline: float) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._max_bytes = max_bytes
        self._deadline = deadline

    def perform(self, request: Request) -> bytes:
        """One poll, for the worker."""
        return msgspec.msgpack.encode(self.poll(msgspec.msgpack.decode(request.body, type=Order)))

    def poll(self, order: Order) -> PollAnswer:
        """One poll."""
        try:
            headers = credential_headers(order.credentials, os.environ)
        except CredentialsError as error:
            return PollFailed("auth", str(error), 0.0, 0.0)
        fetched = self._fetcher.fetch(
            FetchRequest(
                url=order.url,
                etag=order.etag,
                last_modified=order.last_modified,
                max_bytes=self._max_bytes,
                deadline=self._deadline,
                headers=headers,
                given_url=order.given_url,
            )
        )
        match fetched:
            case NotModified():
                return _unchanged(fetched, True)
            case FetchFailed():
                return PollFailed(
                    kind=fetched.kind,
                    message=fetched.message,
                    retry_after=fetched.retry_after,
                    seconds=fetched.seconds,
                    received=fetched.received,
                    asked=fetched.asked,
                    host=fetched.host,
                    cooling=fetched.cooling,
                )
            case Fetched():
                return self._read(order, fetched)

    def _read(self, order: Order, fetched: Fetched) -> PollAnswer:
        body_hash = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
        if body_hash == order.body_hash:
            return _unchanged(fetched, False)
        within = max(LEAST_PARSE_SECONDS, self._deadline - fetched.seconds)
        began = time.monotonic()
        parsed = self._parsers.parse(fetched.body, fetched.content_type, fetched.final_url, within)
        seconds = fetched.seconds + time.monotonic() - began
        if isinstance(parsed, ParseFailed):
            return PollFailed(parsed.kind, _why_not(parsed, order, fetched), 0.0, seconds, fetched.received)
        # Of half a document only the hash is kept: the server must not be told that we have it.
        whole = not parsed.damaged
        return Document(
            etag=fetched.etag if whole else "",
            last_modified=fetched.last_modified if whole else "",
            body_hash=body_hash,
            permanent_url=fetched.permanent_url,
            parsed=parsed,
            seconds=seconds,
            max_age=fetched.ttl_seconds,
            received=fetched.received,
        )

    def close(self) -> None:
        """Ends connections and parser processes."""
        self._fetcher.close()
        self._parsers.close()


def _why_not(parsed: ParseFailed, order: Order, fetched: Fetched) -> str:
    """Why a document is no feed, as far as the answer shows what it is instead."""
    if parsed.kind != "not_a_feed" or not is_page(fetched.body, fetched.content_type):
        return parsed.message
    if fetched.challenge or not order.body_hash:
        return fetched.challenge or parsed.message
    return (
        "a web page came where a feed was: a challenge for browsers, a consent or login page, or the site's own; "
        f"look at {fetched.final_url} in a browser, and ask the site to let feed readers through"
    )


class _Addressed(msgspec.Struct):
    """What all orders have."""

    url: str


def host_of(request: Request) -> str:
    """The host that is asked: one lane for its feeds and their articles."""
    url = msgspec.msgpack.decode(request.body, type=_Addressed).url
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def _unchanged(fetched: Fetched | NotModified, not_modified: bool) -> Unchanged:
    return Unchanged(
        etag=fetched.etag,
        last_modified=fetched.last_modified,
        not_modified=not_modified,
        seconds=fetched.seconds,
        permanent_url=fetched.permanent_url,
        max_age=fetched.ttl_seconds,
        received=0 if isinstance(fetched, NotModified) else fetched.received,
    )
