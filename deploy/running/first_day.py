"""What a stream is given before it first runs: the default feeds, and a model trained from the seeds."""

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.running.wiring import make_trainer
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.ids import hashed
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Feed, Label, ModelRecord, encode
from stream.subscriptions.saved import read_subscriptions

if TYPE_CHECKING:
    from classifiers.registry import Shelf

__all__ = ["feed_id", "opened_shelf", "prepare", "tell", "train_model"]

log = logging.getLogger(__name__)


def feed_id(url: str) -> str:
    """The id of the feed at this address."""
    return hashed("feed", url)[:16]


def prepare(settings: Settings, stream: Log, stages: Sequence[str]) -> None:
    """Gives what is missing: feeds where none was ever wished, a model where none was ever made."""
    if "collect" in stages and not any(stream.ends([topics.FEEDS]).values()):
        from seeds.feeds import load_feeds

        feeds = load_feeds()
        wishes = [Feed(id=feed_id(f.url), url=f.url, title=f.title, lang=f.lang) for f in feeds]
        stream.append([Out(topics.FEEDS, wish.id, encode(wish)) for wish in wishes])
        log.info("no feeds were there: the %d default feeds are polled", len(wishes))
    if "tag" in stages and not any(stream.ends([topics.MODELS]).values()):
        opened_shelf(settings, stream)


def opened_shelf(settings: Settings, stream: Log) -> "Shelf":
    """The models of the stream; where none was ever made, one is trained and serves."""
    from classifiers.registry import Shelf

    shelf = Shelf(stream)
    if not shelf.rows:
        shelf.add(train_model(settings, stream, shelf.serving), clock())
        shelf = Shelf(stream)
    return shelf


def train_model(
    settings: Settings,
    stream: Log | None,
    serving: ModelRecord | None,
    more: Iterable[Label] = (),
) -> ModelRecord:
    """Trains from the seeds, the stream's labels and `more`, or takes what was trained from the same before."""
    from classifiers.labels.collected import Labels, read_labels

    labels = read_labels(stream) if stream else Labels((), {})
    contracts = list(read_subscriptions(stream).values()) if stream else []
    return make_trainer(settings).train(labels.plus(more), serving, contracts, clock(), tell)


def tell(step: str) -> None:
    """Says how far a training is."""
    log.info("training: %s", step)
