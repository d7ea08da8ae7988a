"""The records of feeds and of their polls: read, found and changed."""

import msgspec

from collectors.parsing.discover import web_address
from deploy.inspect.index_reader import rows
from deploy.options import CommandError, opened
from deploy.running.first_day import feed_id
from deploy.settings.model import Settings
from stream.feeds.saved import save_feeds
from stream.log.port import Log
from stream.log.readable import readable_records
from stream.records import Feed, Poll

__all__ = ["change_feed", "find_feed", "last_polls", "read_feeds"]


def read_feeds(settings: Settings, log: Log) -> dict[str, Feed]:
    """Every feed by its id."""
    return dict(readable_records(rows(settings, log, "feeds"), Feed))


def last_polls(settings: Settings, log: Log) -> dict[str, Poll]:
    """The last poll of each feed, by the feed's id."""
    return dict(readable_records(rows(settings, log, "polls"), Poll))


def find_feed(settings: Settings, log: Log, which: str) -> Feed:
    """The feed of this id, address or title; raises `CommandError` where it is none, or not clear which."""
    feeds = read_feeds(settings, log)
    found = feeds.get(which) or feeds.get(feed_id(which)) or feeds.get(feed_id(web_address(which)))
    if found is not None:
        return found
    polls = last_polls(settings, log)
    titles = {key: feed.title or (polls[key].title if key in polls else "") for key, feed in feeds.items()}
    titled = [feeds[key] for key, title in titles.items() if title and title.casefold() == which.casefold()]
    if not titled:
        raise CommandError(f"there is no feed {which!r}: `themewire feeds list` shows all feeds")
    if len(titled) > 1:
        addresses = " or ".join(feed.url for feed in titled)
        raise CommandError(f"{len(titled)} feeds are titled {which!r}: use an address, {addresses}")
    return titled[0]


def change_feed(settings: Settings, which: str, **changes: object) -> Feed:
    """Changes the feed of this id, address or title; returns it as it was."""
    with opened(settings) as log:
        found = find_feed(settings, log, which)
        save_feeds(log, [msgspec.structs.replace(found, **changes)])
    return found
