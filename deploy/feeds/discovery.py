"""The source at an address: there itself, or behind a page that names it."""

import math
import time
from dataclasses import dataclass

from collectors.parsing.discover import FeedLink
from collectors.poll_result import PollRequest
from collectors.sources.look import NothingSeen, PageSeen, SourceSeen
from deploy.feeds.looker import Looker
from stream.errors import ThemewireError
from stream.net.guard import parse_url

__all__ = ["Found", "NoFeed", "find_source", "same_origin"]

MOST_CANDIDATES = 10


class NoFeed(ThemewireError):
    """A page names no feed, or none that can be read now."""


@dataclass(frozen=True)
class Found:
    """What is at `url`, which is the address that was given or that of a feed that a page there names.

    `others` are further feeds that the page names.
    """

    url: str
    seen: SourceSeen | NothingSeen
    others: tuple[FeedLink, ...] = ()


def find_source(looker: Looker, request: PollRequest, patience: float = math.inf) -> Found:
    """Return the source at the request's address, or the first that a page there, or its site, names and that can be
    read: a feed, or where it names none and has no list of its own, a sitemap.

    After `patience`, in seconds, no further feed of the page is tried. Raises `NoFeed` for a page without one.
    """
    url, began = request.url, time.monotonic()
    seen = looker.look(request)
    if not isinstance(seen, PageSeen):
        return Found(url, seen)
    if not seen.links and not seen.sitemaps:
        raise NoFeed(
            f"{url} is a web page without a link to a feed, and without a list of titles that could be watched: "
            "give the address of the feed itself, or have the page watched for changes of its text, by the kind changes"
        )
    reasons = []
    candidates = seen.links or tuple(FeedLink(sitemap, "sitemap", "") for sitemap in seen.sitemaps)
    for link in candidates[:MOST_CANDIDATES]:
        if time.monotonic() - began > patience:
            reasons.append("the rest was not tried: this took too long")
            break
        credentials = request.credentials if same_origin(link.url, url) else ""
        kind = "feed" if seen.links else ""
        tried = looker.look(PollRequest(link.url, given_url=url, credentials=credentials, kind=kind))
        if isinstance(tried, SourceSeen):
            return Found(link.url, tried, tuple(other for other in candidates if other.url != link.url))
        reasons.append(f"{link.url} ({tried.failure.message})")
    named = "the feeds it links to" if seen.links else "its site's sitemaps"
    raise NoFeed(f"{url} is a web page, and none of {named} can be read now: {', '.join(reasons)}")


def same_origin(one: str, other: str) -> bool:
    """Whether what is secret between us and the one may be told to the other."""
    first, second = parse_url(one), parse_url(other)
    return (first.scheme, *first.address) == (second.scheme, *second.address)
