"""Performs the steps of polls, by kind of source. What one comes to is a result, never an exception."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from collectors.deciding.parts import MOST_STEPS, joined
from collectors.poll_result import Document, PollFailed, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceError, SourceKind
from collectors.sources.registry import SOURCE_KINDS, check_source
from stream.engine.stage import Request

__all__ = ["Poller", "host_of"]


class Poller:
    """Polls sources of these kinds, for many threads."""

    def __init__(self, context: PollContext, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> None:
        self._context = context
        self._kinds = tuple(kinds)

    def perform(self, request: Request) -> bytes:
        """One step, for the worker."""
        return msgspec.msgpack.encode(self.poll(msgspec.msgpack.decode(request.body, type=PollRequest)))

    def poll(self, request: PollRequest) -> PollResult:
        """One step of a poll."""
        try:
            kind = check_source(request.kind, request.options, self._kinds)
        except SourceError as error:
            return PollFailed("not_a_feed", str(error), 0.0, 0.0)
        return kind.poll(request, self._context)

    def poll_all(self, request: PollRequest) -> PollResult:
        """All steps of a poll, one after the other, for those who only look at a source."""
        parts: list[Document] = []
        while True:
            result = self.poll(request)
            if not isinstance(result, Document):
                return result
            parts.append(result)
            if not result.next_url or len(parts) == MOST_STEPS:
                return joined(parts)
            request = request.following(result)

    def close(self) -> None:
        """Ends connections and parser processes."""
        self._context.close()


class _Addressed(msgspec.Struct):
    """What requests of all kinds have."""

    url: str


def host_of(request: Request) -> str:
    """The host that a request goes to, by which requests are limited: a site's feeds and their articles share it."""
    return _host(msgspec.msgpack.decode(request.body, type=_Addressed).url)


@lru_cache(8192)  # the same feeds come again and again
def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2].lower()
