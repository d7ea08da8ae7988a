"""The feeds of a stream: saved and removed, whoever asks for it."""

from collections.abc import Iterable

from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Feed, encode

__all__ = ["remove_feed", "save_feeds"]


def save_feeds(log: Log, feeds: Iterable[Feed]) -> None:
    """Has feeds polled, in the place of older records of the same; raises `LogError`."""
    log.append([Out(topics.FEEDS, feed.id, encode(feed)) for feed in feeds])


def remove_feed(log: Log, feed: str) -> None:
    """Stops polling the feed of this id, and forgets which of its items were seen; raises `LogError`."""
    log.append([Out(topics.FEEDS, feed, None)])
