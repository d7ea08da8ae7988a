"""Performs one poll: fetch, compare with what was stored, parse. What it comes to is an answer, never an exception."""

import hashlib

import msgspec

from collectors.fetching.fetch import Fetched, Fetcher, FetchFailed, FetchRequest, NotModified
from collectors.hosts import HostGaps
from collectors.parsing.parsed import Parsed, ParseFailed
from collectors.parsing.parser_pool import ParserPool
from stream.stage import Request

__all__ = ["Document", "Order", "PollAnswer", "PollFailed", "Poller", "Unchanged"]


class Order(msgspec.Struct, frozen=True):
    """What is to be polled, and what is known of it."""

    url: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A document that was read; validators and hash are to be stored with its items."""

    etag: str
    last_modified: str
    body_hash: str
    permanent_url: str
    parsed: Parsed
    seconds: float


class Unchanged(msgspec.Struct, frozen=True, tag="unchanged"):
    """The server says so (`not_modified`), or the body is the stored one."""

    etag: str
    last_modified: str
    not_modified: bool
    seconds: float


class PollFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Why nothing could be read: a kind and a sentence; `retry_after` in seconds, 0 when nothing was said."""

    kind: str
    message: str
    retry_after: float
    seconds: float


PollAnswer = Document | Unchanged | PollFailed


class Poller:
    """Fetches and parses, for many threads."""

    def __init__(self, fetcher: Fetcher, parsers: ParserPool, gaps: HostGaps, max_bytes: int, deadline: float) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._gaps = gaps
        self._max_bytes = max_bytes
        self._deadline = deadline

    def perform(self, request: Request) -> bytes:
        """One poll, for the worker."""
        return msgspec.msgpack.encode(self.poll(msgspec.msgpack.decode(request.body, type=Order)))

    def poll(self, order: Order) -> PollAnswer:
        """One poll."""
        self._gaps.wait(order.url)
        fetched = self._fetcher.fetch(
            FetchRequest(
                url=order.url,
                etag=order.etag,
                last_modified=order.last_modified,
                max_bytes=self._max_bytes,
                deadline=self._deadline,
            )
        )
        match fetched:
            case NotModified():
                return Unchanged(fetched.etag, fetched.last_modified, True, fetched.seconds)
            case FetchFailed():
                return PollFailed(fetched.kind, fetched.message, fetched.retry_after, fetched.seconds)
            case Fetched():
                return self._read(order, fetched)

    def _read(self, order: Order, fetched: Fetched) -> PollAnswer:
        body_hash = hashlib.blake2b(fetched.body, digest_size=16).hexdigest()
        if body_hash == order.body_hash:
            return Unchanged(fetched.etag, fetched.last_modified, False, fetched.seconds)
        parsed = self._parsers.parse(fetched.body, fetched.content_type, fetched.final_url)
        if isinstance(parsed, ParseFailed):
            return PollFailed(parsed.kind, parsed.message, 0.0, fetched.seconds)
        # Of half a document only the hash is kept: the server must not be told that we have it.
        whole = not parsed.damaged
        return Document(
            etag=fetched.etag if whole else "",
            last_modified=fetched.last_modified if whole else "",
            body_hash=body_hash,
            permanent_url=fetched.permanent_url,
            parsed=parsed,
            seconds=fetched.seconds,
        )

    def close(self) -> None:
        """Ends waits, connections and parser processes."""
        self._gaps.close()
        self._fetcher.close()
        self._parsers.close()
