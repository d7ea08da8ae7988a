"""One poll over HTTP: from a request to `Fetched`, `NotModified` or `FetchFailed`, within its deadline and limits.

    request ─► hop (guarded) ─► redirect? ─► the next hop ... ─► 304, a failure, or a body ─► inflate ─► Fetched

Networks that `fetch.allow_networks` lets through are there for what a person asked for: they are reached at the host
and port of the feed's own URL (`given_url` where the feed has moved since), also through a redirect that stays on them.
A redirect to any other host or port must lead to a public address, or a public site could bounce us into the network
that was opened for another feed.
"""

import base64
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, urlencode, urljoin

from collectors.fetching.bodies import Wire, beginning_of_page, is_web_page, whole
from collectors.fetching.bot_walls import advice, wall_of
from collectors.fetching.decompress import BadEncoding, BodyTooLarge
from collectors.fetching.headers import max_age, printable, refusal, validator
from collectors.fetching.host_backoff import HostBackoff
from collectors.fetching.results import Fetched, FetchFailed, FetchRequest, FetchResult, NotModified
from stream.net.guard import BadUrl, Blocked, Network, Target, parse_url
from stream.net.http import Client, HttpError, Response
from stream.net.line import Line
from stream.net.retry_after import retry_after

__all__ = ["Fetcher", "user_agent"]

_MOST_HOPS = 10
LONGEST_LINK_HEADER = 16_000
_NO_WALLS = (401, 404, 410)
_WITH_A_BODY = (200, 201, 202, 203, 207, 208, 226)  # 206 is a part, and none was requested
_REDIRECTS = (301, 302, 303, 307, 308)


class _Failure(Exception):
    def __init__(
        self, kind: str, message: str, status: int = 0, retry_after: float = 0.0, *, requested: bool = True
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.status, self.retry_after = kind, message, status, retry_after
        self.requested, self.host, self.backoff = requested, "", 0.0


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
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._client = Client(
            allowed=allow_networks,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            proxy=proxy,
            context=trust,
        )
        self.read_timeout = read_timeout
        self._user_agent = user_agent
        self._clock = clock
        self._backoff = HostBackoff(time.monotonic)

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Polls once; whatever the network does is a result, never an exception."""
        begin, wire = time.monotonic(), Wire()
        try:
            return self._follow(request, begin, wire)
        except HttpError as exc:
            return FetchFailed(exc.kind, _sentence(str(exc)), seconds=time.monotonic() - begin, received=wire.bytes)
        except _Failure as exc:
            return FetchFailed(
                kind=exc.kind,
                message=_sentence(str(exc)),
                status=exc.status,
                retry_after=exc.retry_after,
                seconds=time.monotonic() - begin,
                received=wire.bytes,
                requested=exc.requested,
                host=exc.host,
                backoff=exc.backoff,
            )

    def post(self, url: str, form: Mapping[str, str], given_url: str, deadline: float) -> tuple[int, str]:
        """Sends a form; returns the status and how the answer's text begins. Raises `HttpError`.

        Private networks are reached at the host and port of `given_url` only, as after a redirect.
        """
        try:
            target, given = parse_url(url), parse_url(given_url)
        except Blocked as exc:
            raise HttpError("blocked", str(exc)) from None
        headers = [("User-Agent", self._user_agent), ("Content-Type", "application/x-www-form-urlencoded")]
        end, trusted, body = time.monotonic() + deadline, target.address == given.address, urlencode(form).encode()
        with self._client.send("POST", target, headers, body, deadline=end, trusted=trusted) as response:
            return response.status, _sentence(response.beginning(1000, 5.0).decode("utf-8", "replace"))

    def connect(self, target: Target, deadline: float) -> Line:
        """A connection to a server of another protocol, behind the same guard; raises `HttpError`."""
        return self._client.connect(target, deadline=deadline)

    def close(self) -> None:
        """Closes the connections that were kept."""
        self._client.close()

    def _follow(self, request: FetchRequest, begin: float, wire: Wire) -> FetchResult:
        first = target = _parse(request.url, "blocked")
        given = _parse(request.given_url, "blocked") if request.given_url else first
        permanent = True  # whether each hop so far was a permanent one
        moved = ""
        seen = {target.url}
        while True:
            if left := self._backoff.left(target.authority):
                why = f"{target.authority} has asked to be left alone, for all its feeds, and still for {left:.0f} s"
                raise _Failure("rate_limited", why, 0, left, requested=False)
            headers = self._headers(request, target, first)
            trusted = target.address == given.address
            deadline = begin + request.deadline
            with self._client.send("GET", target, headers, deadline=deadline, trusted=trusted) as response:
                backoff = self._note_backoff(target.authority, response)
                if response.status not in _REDIRECTS:
                    try:
                        return self._result(request, response, first.url, target, moved, begin, wire)
                    except _Failure as failure:
                        failure.host, failure.backoff = target.authority if backoff else "", backoff
                        raise
                target = _next(target, response)
            permanent = permanent and response.status in (301, 308)
            moved = target.url if permanent else moved
            if target.url in seen:
                raise _Failure("redirect", "the redirects lead back to where they came from", response.status)
            if len(seen) > _MOST_HOPS:
                raise _Failure("redirect", f"there are more than {_MOST_HOPS} redirects in a row", response.status)
            seen.add(target.url)

    def _note_backoff(self, host: str, response: Response) -> float:
        """A host that asks for time gets it from all its feeds: for so many seconds, 0 where it does not."""
        if response.status in (429, 503):
            return self._backoff.back_off(host, retry_after(response.header("retry-after"), self._clock()))
        self._backoff.recovered(host)
        return 0.0

    def _headers(self, request: FetchRequest, target: Target, first: Target) -> list[tuple[str, str]]:
        headers = [("User-Agent", self._user_agent), ("Accept", request.accept), ("Accept-Encoding", "gzip, deflate")]
        if request.etag:
            headers.append(("If-None-Match", request.etag))
        if request.last_modified:
            headers.append(("If-Modified-Since", request.last_modified))
        if (target.scheme, *target.address) == (first.scheme, *first.address):
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
        wire: Wire,
    ) -> Fetched | NotModified:
        etag = validator(response.header("etag"))
        modified, ttl = validator(response.header("last-modified")), max_age(response.header("cache-control"))
        if response.status == 304 and (request.etag or request.last_modified):
            etag, modified = etag or request.etag, modified or request.last_modified
            return NotModified(url, target.url, moved, etag, modified, ttl, time.monotonic() - begin)
        if response.status not in _WITH_A_BODY:
            raise _failure(response, self._clock())
        body = _body(response, request.max_bytes, wire)
        kind = printable(response.header("content-type"))[:200]
        wall = wall_of(response.status, response.header, body) if is_web_page(body) else None
        links = printable(response.header("link"))[:LONGEST_LINK_HEADER]
        challenge = "" if wall is None else advice(wall, response.status)
        seconds = time.monotonic() - begin
        return Fetched(
            *(url, target.url, moved, response.status, body, kind, etag, modified, ttl, seconds),
            received=wire.bytes,
            link_header=links,
            challenge=challenge,
        )


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


def _body(response: Response, limit: int, wire: Wire) -> bytes:
    try:
        return whole(response, limit, wire)
    except BodyTooLarge:
        raise _Failure("too_large", f"the body exceeds the limit of {limit / 1024 / 1024:.3g} MiB", 200) from None
    except BadEncoding as exc:
        raise _Failure("encoding", str(exc), 200) from None


def _failure(response: Response, now: float) -> _Failure:
    wait = retry_after(response.header("retry-after"), now)
    kind, message = refusal(response.status, wait)
    if response.status >= 400 and response.status not in _NO_WALLS:
        wall = wall_of(response.status, response.header, beginning_of_page(response))
        if wall is not None:
            kind, message = "status" if kind == "auth" else kind, advice(wall, response.status)
    return _Failure(kind, message, response.status, wait)


def _sentence(text: str) -> str:
    return printable(text)[:300]
