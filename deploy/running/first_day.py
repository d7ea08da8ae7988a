"""What a stream is given before it first runs: the default feeds, and a model trained from the seeds."""

import logging
from collections.abc import Sequence

from deploy.running.own_themes import learn_themes, take_file
from deploy.running.training import opened_registry
from deploy.settings.model import Settings
from seeds.feeds import load_feeds
from stream.ids import hashed
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Feed, encode
from stream.themes.saved import read_own_themes
from stream.themes.watched import watched

__all__ = ["feed_id", "prepare"]

log = logging.getLogger(__name__)


def feed_id(url: str) -> str:
    """The id of the feed at this address."""
    return hashed("feed", url)[:16]


def prepare(settings: Settings, stream: Log, stages: Sequence[str]) -> None:
    """Gives what is missing: the default feeds where there was never one, a model where none was ever made.

    So are themes of a file beside the data, which have a head before the first item is judged.
    """
    take_file(settings, stream)
    if "collect" in stages and not any(stream.ends([topics.FEEDS]).values()):
        feeds = [
            Feed(id=feed_id(f.url), url=f.url, title=f.title, lang=f.lang, kind=f.kind, unverified=True)
            for f in load_feeds()
        ]
        stream.append([Out(topics.FEEDS, feed.id, encode(feed)) for feed in feeds])
        log.info("there were no feeds yet: added the %d default feeds, each unverified until it is read", len(feeds))
    if "tag" in stages and not any(stream.ends([topics.MODELS]).values()):
        opened_registry(settings, stream)
    if "tag" in stages and any(stream.ends([topics.THEMES]).values()):
        learn_themes(stream, [theme for theme in watched(read_own_themes(stream)) if not theme.head])
