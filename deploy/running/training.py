"""Training by the settings: from the seeds, and from labels."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from classifiers.labels.collected import Labels, read_labels
from classifiers.registry import ModelRegistry
from deploy.settings.locations import belief, clock
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.records import Label, ModelRecord
from stream.subscriptions.saved import read_subscriptions

if TYPE_CHECKING:
    from classifiers.learning.trainer import Trainer
from stream.themes.saved import shipped_themes

__all__ = ["log_step", "make_trainer", "opened_registry", "train_model", "training_steps"]

log = logging.getLogger(__name__)


def log_step(step: str) -> None:
    """Logs what a training does."""
    log.info("training: %s", step)


def training_steps(settings: Settings) -> int:
    """How many steps a training has: to read with each encoder, to weigh the labels, to compare with the serving model,
    and to learn for each level."""
    from classifiers.judging.encoders import levels  # only now: numpy takes a while to load

    found = levels(settings.classify.encoder)
    return len({name for level in found for name in level}) + 2 + len(found)


def make_trainer(settings: Settings) -> "Trainer":
    """Trains as the settings say."""
    from classifiers.learning.trainer import Trainer  # only now: numpy takes a while to load

    return Trainer(
        shipped_themes(),
        settings.classify.encoder,
        settings.data.cache,
        statements=settings.train.statements,
        shares=settings.classify.share,
    )


def train_model(
    settings: Settings,
    stream: Log | None,
    serving: ModelRecord | None,
    more: Iterable[Label] = (),
    tell: Callable[[str], None] = log_step,
) -> ModelRecord:
    """Trains from the seeds, the stream's labels and `more`, or takes what was trained from the same before.

    `tell` hears of each of its `training_steps` as it begins.
    """
    labels = read_labels(stream, belief=belief(settings)) if stream else Labels((), {})
    contracts = list(read_subscriptions(stream).values()) if stream else []
    return make_trainer(settings).train(labels.plus(more), serving, contracts, clock(), tell)


def opened_registry(settings: Settings, stream: Log) -> ModelRegistry:
    """The models of the stream; where none was ever made, one is trained and serves."""
    registry = ModelRegistry(stream)
    if not registry.rows:
        registry.add(train_model(settings, stream, registry.serving), clock())
        registry = ModelRegistry(stream)
    return registry
