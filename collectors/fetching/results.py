"""What a fetch is asked for, and what it comes to."""

import msgspec

__all__ = ["ACCEPT_FEEDS", "ACCEPT_PAGES", "FetchFailed", "FetchRequest", "FetchResult", "Fetched", "NotModified"]

ACCEPT_FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
ACCEPT_PAGES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


class FetchRequest(msgspec.Struct, frozen=True):
    """What to fetch: validators of the last stored poll, a limit of the inflated body and a deadline in seconds."""

    url: str
    etag: str = ""
    last_modified: str = ""
    max_bytes: int = 15 * 1024 * 1024
    deadline: float = 60.0
    headers: tuple[tuple[str, str], ...] = ()  # credentials, too: they go to the URL's own origin only
    given_url: str = ""  # the address that a person gave, if the feed has moved from there to `url`
    accept: str = ACCEPT_FEEDS


class Fetched(msgspec.Struct, frozen=True, tag="fetched"):
    """A whole body; `permanent_url` is where 301s and 308s from the start on lead, `ttl_seconds` 0 if not stated.

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
    link_header: str = ""
    challenge: str = ""  # the sentence for a body that is no feed: it looks like the page of a bot wall


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
    """Why there is no body: a kind and a sentence; `retry_after` in seconds, 0 to a day, 0 if not given.

    `requested` is False where no request was sent, since another feed's response has asked for time. `host` is one that
    has to be left alone by all its feeds for `backoff` seconds. `received` is how many bytes of a body had come all the
    same.
    """

    kind: str
    message: str
    status: int = 0
    retry_after: float = 0.0
    seconds: float = 0.0
    received: int = 0
    requested: bool = True
    host: str = ""
    backoff: float = 0.0


FetchResult = Fetched | NotModified | FetchFailed
