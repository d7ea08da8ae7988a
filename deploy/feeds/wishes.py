"""What people wish to be polled: checked, and put on the stream."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from collectors.parsing.discover import web_address
from deploy.feeds.opml import read_opml
from deploy.running.first_day import feed_id
from stream.errors import ThemewireError
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.net.guard import Blocked, parse_url
from stream.records import Feed, encode

__all__ = ["FeedRefused", "Import", "checked_url", "from_opml", "put_feeds", "remove_feed"]


class FeedRefused(ThemewireError):
    """It cannot be polled, or there is no feed."""


@dataclass(frozen=True)
class Import:
    """What an OPML document comes to: feeds that are new, how many are known, and in sentences what is not taken."""

    new: tuple[Feed, ...]
    known: int
    refused: tuple[str, ...]
    warnings: tuple[str, ...]


def checked_url(url: str) -> str:
    """Return the address with its scheme, if it can be polled; raises `FeedRefused`.

    A password in it would be readable in every record.
    """
    url = web_address(url.strip())
    try:
        target = parse_url(url)
    except Blocked as error:
        raise FeedRefused(f"{re.sub('//[^/]*@', '//', url)!r} cannot be polled: {error}") from error
    if target.userinfo:
        raise FeedRefused(
            f"{target.url} was given with a user name or password, which would be stored in plain text: "
            "leave it out of the address and use `feeds add --credentials`"
        )
    return url


def from_opml(data: bytes, known: Collection[str]) -> Import:
    """Return what an OPML document brings beside the feeds of these ids; raises `OpmlError` for what is none."""
    found = read_opml(data)
    new, refused = dict[str, Feed](), []
    for address, title in found.feeds:
        try:
            url = checked_url(address)
        except FeedRefused as error:
            refused.append(str(error))
            continue
        if feed_id(url) not in known:
            new[feed_id(url)] = Feed(id=feed_id(url), url=url, title=title)
    there = len(found.feeds) - len(new) - len(refused)
    return Import(tuple(new.values()), there, tuple(refused), tuple(found.warnings))


def put_feeds(log: Log, feeds: Iterable[Feed]) -> None:
    """Puts them on the topic `feeds`, replacing older records of the same feeds."""
    log.append([Out(topics.FEEDS, feed.id, encode(feed)) for feed in feeds])


def remove_feed(log: Log, feed: str) -> None:
    """Stops polling the feed of this id, and forgets which of its items were seen."""
    log.append([Out(topics.FEEDS, feed, None)])
