"""One poll over HTTP: from a request to `Fetched`, `NotModified` or `FetchFailed`, within its deadline and limits.

    request ─► hop (guarded) ─► redirect? ─► the next hop ... ─► 304, a failure, or a body ─► inflate ─► Fetched

Networks that `fetch.allow_networks` lets through are there for what a person asked for: they are reached at the host
and port of the feed's own URL (`given_url` where the feed has moved since), also through a redirect that stays on them.
A redirect to any other host or port must lead to a public address, or a public site could bounce us into the network
that was opened for another feed.
"""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urljoin

import msgspec

from collectors.fetching.decompress import BadEncoding, Inflater, TooLarge, inflaters
from collectors.fetching.headers import max_age, printable, refusal, validator
from stream.net.guard import BadUrl, Blocked, Network, Target, parse_url
from stream.net.http import Client, HttpError, Response
from stream.net.retry_after import retry_after

__all__ = ["FetchFailed", "FetchRequest", "FetchResult", "Fetched", "Fetcher", "NotModified", "user_agent"]

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_MOST_HOPS = 10
_REDIRECTS = (301, 302, 303, 307, 308)


class FetchRequest(msgspec.Struct, frozen=True):
    """What to fetch: validators of the last stored poll, a limit of the inflated body and a deadline in seconds."""

    url: str
    etag: str = ""
    last_modified: str = ""
    max_bytes: int = 15 * 1024 * 1024
    deadline: float = 60.0
    headers: tuple[tuple[str, str], ...] = ()  # credentials, too: they go to the URL's own origin only
    given_url: str = ""  # the address that a person gave, if the feed has moved from there to `url`
    accept: str = _ACCEPT


class Fetched(msgspec.Struct, frozen=True, tag="fetched"):
    """A whole body; `permanent_url` is where 301s and 308s from the start on lead, `ttl_seconds` 0 if not said.

    `received` is how many bytes it had on the wire.
    """

    url: str
    final_url: str
    permanent_url: str
    status: int
    body: bytes
    content_type: str
    etag: str
    last_modified: str
    ttl_seconds: int
    seconds: float
    received: int = 0


class NotModified(msgspec.Struct, frozen=True, tag="not_modified"):
    """The server says that nothing has changed since the validators that were sent."""

    url: str
    final_url: str
    permanent_url: str
    etag: str
    last_modified: str
    ttl_seconds: int
    seconds: float


class FetchFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Why there is no body: a kind and a sentence; `retry_after` in seconds, 0 to a day, 0 if not said.

    `received` is how many bytes of a body had come all the same.
    """

    kind: str
    message: str
    status: int = 0
    retry_after: float = 0.0
    seconds: float = 0.0
    received: int = 0


FetchResult = Fetched | NotModified | FetchFailed


class _Failure(Exception):
    def __init__(self, kind: str, message: str, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.kind, self.message, self.status, self.retry_after = kind, message, status, retry_after


@dataclass
class _Wire:
    """What has come of a body so far."""

    bytes: int = 0


class Fetcher:
    """Fetches feeds, for many threads; `clock` is Unix time and serves to read Retry-After dates."""

    def __init__(
        self,
        allow_networks: Sequence[Network],
        user_agent: str,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        proxy: str | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = Client(
            allowed=allow_networks, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy
        )
        self._user_agent = user_agent
        self._clock = clock

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Polls once; whatever the network does is a result, never an exception."""
        begin, wire = time.monotonic(), _Wire()
        try:
            return self._follow(request, begin, wire)
        except (HttpError, _Failure) as exc:
            status, retry_after = (exc.status, exc.retry_after) if isinstance(exc, _Failure) else (0, 0.0)
            return FetchFailed(exc.kind, _sentence(str(exc)), status, retry_after, time.monotonic() - begin, wire.bytes)

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._client.close()

    def _follow(self, request: FetchRequest, begin: float, wire: _Wire) -> FetchResult:
        first = target = _parse(request.url, "blocked")
        given = _parse(request.given_url, "blocked") if request.given_url else first
        permanent = True  # whether each hop so far was a permanent one
        moved = ""
        seen = {target.url}
        while True:
            headers = self._headers(request, target, first)
            trusted = target.place == given.place
            deadline = begin + request.deadline
            with self._client.send("GET", target, headers, deadline=deadline, trusted=trusted) as response:
                if response.status not in _REDIRECTS:
                    return self._result(request, response, first.url, target, moved, begin, wire)
                target = _next(target, response)
            permanent = permanent and response.status in (301, 308)
            moved = target.url if permanent else moved
            if target.url in seen:
                raise _Failure("redirect", "the redirects lead back to where they came from", response.status)
            if len(seen) > _MOST_HOPS:
                raise _Failure("redirect", f"there are more than {_MOST_HOPS} redirects in a row", response.status)
            seen.add(target.url)

    def _headers(self, request: FetchRequest, target: Target, first: Target) -> list[tuple[str, str]]:
        headers = [("User-Agent", self._user_agent), ("Accept", request.accept), ("Accept-Encoding", "gzip, deflate")]
        if request.etag:
            headers.append(("If-None-Match", request.etag))
        if request.last_modified:
            headers.append(("If-Modified-Since", request.last_modified))
        if (target.scheme, *target.place) == (first.scheme, *first.place):
            headers += request.headers
            if first.userinfo and not any(name.lower() == "authorization" for name, _ in request.headers):
                basic = base64.b64encode(unquote(first.userinfo).encode()).decode("ascii")
                headers.append(("Authorization", f"Basic {basic}"))
        return headers

    def _result(
        self,
        request: FetchRequest,
        response: Response,
        url: str,
        target: Target,
        moved: str,
        begin: float,
        wire: _Wire,
    ) -> Fetched | NotModified:
        etag = validator(response.header("etag"))
        modified, ttl = validator(response.header("last-modified")), max_age(response.header("cache-control"))
        if response.status == 304 and (request.etag or request.last_modified):
            etag, modified = etag or request.etag, modified or request.last_modified
            return NotModified(url, target.url, moved, etag, modified, ttl, time.monotonic() - begin)
        if response.status != 200:
            raise _failure(response, self._clock())
        body = _body(response, request.max_bytes, wire)
        kind = printable(response.header("content-type"))[:200]
        seconds = time.monotonic() - begin
        return Fetched(url, target.url, moved, 200, body, kind, etag, modified, ttl, seconds, wire.bytes)


def user_agent(version: str, contact: str = "") -> str:
    """The User-Agent of this version, with a page or mail address where sites can complain."""
    name = f"themewire/{version}"
    return printable(f"{name} (+{contact})" if contact else name)


def _parse(url: str, bad: str) -> Target:
    try:
        return parse_url(url)
    except BadUrl as exc:
        raise _Failure(bad, str(exc)) from None
    except Blocked as exc:
        raise _Failure("blocked", str(exc)) from None


def _next(target: Target, response: Response) -> Target:
    """Where a redirect leads; userinfo that it brings is dropped with the text of the address."""
    raw = response.header("location").strip()
    if not raw:
        raise _Failure("redirect", "the server redirects without saying where to", response.status)
    try:  # read as latin-1, but mostly written as UTF-8
        location = raw.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        location = raw
    try:
        url = urljoin(target.url, location)
    except ValueError:
        raise _Failure("redirect", "the server redirects to an address that cannot be read", response.status) from None
    return _parse(url, "redirect")


def _body(response: Response, limit: int, wire: _Wire) -> bytes:
    """The whole body, inflated; at most `limit` bytes on the wire, at each stage of inflating, and as a result."""
    announced = response.header("content-length")
    out = bytearray()
    try:
        if announced.isdigit() and int(announced[:20]) > limit:
            raise TooLarge
        chain = inflaters(response.header("content-encoding"), limit)
        for piece in response.body():
            wire.bytes += len(piece)
            if wire.bytes > limit:
                raise TooLarge
            if wire.bytes == len(piece) and not chain and piece[:2] == b"\x1f\x8b":
                chain = [Inflater("gzip", limit)]  # a .gz file, sent as it is
            for inflater in chain:
                piece = inflater.feed(piece)
            out += piece
        for inflater in chain:
            inflater.finish()
    except TooLarge:
        raise _Failure("too_large", f"the body exceeds the limit of {limit / 1024 / 1024:.3g} MiB", 200) from None
    except BadEncoding as exc:
        raise _Failure("encoding", str(exc), 200) from None
    return bytes(out)


def _failure(response: Response, now: float) -> _Failure:
    wait = retry_after(response.header("retry-after"), now)
    kind, message = refusal(response.status, wait)
    return _Failure(kind, message, response.status, wait)


def _sentence(text: str) -> str:
    return printable(text)[:300]
