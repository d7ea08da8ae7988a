"""The records of feeds: read, found, changed."""

import re
from collections.abc import Iterable

import msgspec

from collectors.parsing.discover import web_address
from deploy.inspect.index_reader import rows
from deploy.options import CommandError, opened
from deploy.running.first_day import feed_id
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.net.guard import Blocked, parse_url
from stream.records import Feed, Poll, decode, encode

__all__ = ["add_wishes", "change", "checked", "find", "last_polls", "read_wishes"]


def read_wishes(settings: Settings, log: Log) -> dict[str, Feed]:
    """Every wish by the feed's id."""
    return {key: decode(value, Feed) for key, value in rows(settings, log, "feeds")}


def last_polls(settings: Settings, log: Log) -> dict[str, Poll]:
    """The last poll of each feed, by its id."""
    return {key: decode(value, Poll) for key, value in rows(settings, log, "polls")}


def add_wishes(log: Log, wishes: Iterable[Feed]) -> None:
    """Puts them on `feeds`, in the place of older ones of the same feeds."""
    log.append([Out(topics.FEEDS, wish.id, encode(wish)) for wish in wishes])


def find(wishes: dict[str, Feed], which: str) -> Feed:
    """The feed of an id or an address."""
    found = wishes.get(which) or wishes.get(feed_id(which)) or wishes.get(feed_id(web_address(which)))
    if found is None:
        raise CommandError(f"there is no feed {which!r}: `themewire feeds list` shows ids and addresses")
    return found


def checked(url: str) -> str:
    """The address on the web, if it can be polled; a password in it would be told to every reader."""
    url = web_address(url.strip())
    try:
        target = parse_url(url)
    except Blocked as error:
        raise CommandError(f"{re.sub('//[^/]*@', '//', url)!r} cannot be polled: {error}") from error
    if target.userinfo:
        raise CommandError(
            f"{target.url} is given with a user's name or password, which would stand in the records: "
            "leave them out of the address and use --credentials"
        )
    return url


def change(settings: Settings, feed: str, **changes: object) -> Feed:
    """Changes the feed of an id or an address; returns it as it was."""
    with opened(settings) as log:
        found = find(read_wishes(settings, log), feed)
        add_wishes(log, [msgspec.structs.replace(found, **changes)])
    return found
