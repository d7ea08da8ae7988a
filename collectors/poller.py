"""Performs the steps of polls, by kind of source. What one comes to is a result, never an exception."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from collectors.poll_result import PollFailed, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind, SourceOptionsError, read_options
from collectors.sources.registry import SOURCE_KINDS
from stream.engine.stage import Request

__all__ = ["Poller", "host_of"]


class Poller:
    """Polls sources of these kinds, for many threads."""

    def __init__(self, context: PollContext, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> None:
        self._context = context
        self._kinds = {kind.name: kind for kind in kinds}

    def perform(self, request: Request) -> bytes:
        """One step, for the worker."""
        return msgspec.msgpack.encode(self.poll(msgspec.msgpack.decode(request.body, type=PollRequest)))

    def poll(self, request: PollRequest) -> PollResult:
        """One step of a poll."""
        kind = self._kinds.get(request.kind)
        if kind is None:
            known = ", ".join(self._kinds)
            return PollFailed("not_a_feed", f"there is no kind of source {request.kind!r}, but {known}", 0.0, 0.0)
        try:
            read_options(request.options, kind.options)
        except SourceOptionsError as error:
            return PollFailed("not_a_feed", str(error), 0.0, 0.0)
        return kind.poll(request, self._context)

    def close(self) -> None:
        """Ends connections and parser processes."""
        self._context.close()


class _Addressed(msgspec.Struct):
    """What requests of all kinds have."""

    url: str


def host_of(request: Request) -> str:
    """The host that a request goes to, by which requests are limited: a site's feeds and their articles share it."""
    url = msgspec.msgpack.decode(request.body, type=_Addressed).url
    return urlsplit(url).netloc.rpartition("@")[2].lower()
