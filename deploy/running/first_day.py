"""What a stream is given before it first runs: the default feeds, and a model trained from the seeds."""

import logging
from collections.abc import Sequence

from deploy.running.training import opened_shelf
from deploy.settings.model import Settings
from seeds.feeds import load_feeds
from stream.ids import hashed
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Feed, encode

__all__ = ["feed_id", "prepare"]

log = logging.getLogger(__name__)


def feed_id(url: str) -> str:
    """The id of the feed at this address."""
    return hashed("feed", url)[:16]


def prepare(settings: Settings, stream: Log, stages: Sequence[str]) -> None:
    """Gives what is missing: feeds where none was ever wished, a model where none was ever made."""
    if "collect" in stages and not any(stream.ends([topics.FEEDS]).values()):
        feeds = load_feeds()
        wishes = [Feed(id=feed_id(f.url), url=f.url, title=f.title, lang=f.lang) for f in feeds]
        stream.append([Out(topics.FEEDS, wish.id, encode(wish)) for wish in wishes])
        log.info("no feeds were there: the %d default feeds are polled", len(wishes))
    if "tag" in stages and not any(stream.ends([topics.MODELS]).values()):
        opened_shelf(settings, stream)
