"""What a stream is given before it first runs: the default feeds, and a model trained from the seeds."""

import logging
from collections.abc import Sequence

from deploy.settings import Settings
from deploy.wiring import clock, theme_ids
from stream.ids import hashed
from stream.log import Log
from stream.records import Feed, ModelRecord, encode
from stream.stage import Out

__all__ = ["feed_id", "prepare", "serve_model", "train_model"]

log = logging.getLogger(__name__)


def feed_id(url: str) -> str:
    """The id of the feed at this address."""
    return hashed("feed", url)[:16]


def prepare(settings: Settings, stream: Log, stages: Sequence[str]) -> None:
    """Gives what is missing: feeds where none was ever wished, a model where none was ever made."""
    if "collect" in stages and not any(stream.ends(["feeds"]).values()):
        from seeds.feeds import load_feeds

        feeds = load_feeds()
        wishes = [Feed(id=feed_id(f.url), url=f.url, title=f.title, lang=f.lang) for f in feeds]
        stream.append([Out("feeds", wish.id, encode(wish)) for wish in wishes])
        log.info("no feeds were there: the %d default feeds are polled", len(wishes))
    if "tag" in stages and not any(stream.ends(["models"]).values()):
        serve_model(stream, train_model(settings))


def train_model(settings: Settings) -> ModelRecord:
    """Trains from the seeds, or takes what was trained from the same before."""
    from classifiers.serving import trained

    def progress(step: str) -> None:
        log.info("training: %s", step)

    return trained(theme_ids(settings), settings.classify.encoder, clock(), progress, settings.data.cache)


def serve_model(stream: Log, model: ModelRecord) -> None:
    """Lets a model serve."""
    stream.append([Out("models", model.id, encode(model))])
    log.info("model %s serves", model.id)
