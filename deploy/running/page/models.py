"""Training on the page: begun, followed, and decided on by a person; the work itself is done apart."""

import itertools
from collections.abc import Callable, Sequence
from functools import partial

from classifiers.promoted import promoted
from classifiers.registry import ModelRegistry, RegistryError
from deploy.running.jobs import Jobs, Progress
from deploy.running.retraining import NICE
from deploy.settings.locations import belief, clock
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.latest import Latest
from stream.log.port import Log
from stream.records import ModelRecord
from stream.units import DAY
from stream.web.access import RequestRefused
from stream.web.page import ModelDesk, Replayed, Trained

__all__ = ["model_desk", "models_of"]

SINCE = 7 * DAY
SHOWN = 20  # alerts of a replay


def models_of(latest: Latest[ModelRecord]) -> Callable[[], Sequence[ModelRecord]]:
    """Return what gives the models: the serving one, those that served before it, and the others, the newest first."""

    def models() -> Sequence[ModelRecord]:
        records = latest.rows().values()
        rest = [each for each in records if not each.promoted_at]
        return [*promoted(records), *sorted(rest, key=lambda each: (each.trained_at, each.id), reverse=True)]

    return models


def model_desk(settings: Settings, stream: Log, jobs: Jobs, models: Callable[[], Sequence[ModelRecord]]) -> ModelDesk:
    """Trainings and replays, one at a time, and what a person decides on a model."""

    def begin() -> None:
        jobs.start("train", "A training", train, nice=NICE)

    def replay_of(model: str) -> None:
        jobs.start("replay", "A replay", replayed, model, nice=NICE)

    def promote(model: str) -> None:
        _decided(lambda: ModelRegistry(stream).promote(model, clock()))

    def refuse(model: str, who: str) -> None:
        _decided(lambda: ModelRegistry(stream).refuse(model, who, clock()))

    return ModelDesk(jobs.find, begin, replay_of, jobs.cancel, models, promote, refuse)


def _decided(decide: Callable[[], object]) -> None:
    try:
        decide()
    except RegistryError as error:
        raise RequestRefused(409, f"{error}.") from error


def train(settings: Settings, progress: Progress) -> Trained:
    """Trains from the seeds and all labels, and has the model wait for a person; in a process of its own."""
    # Only here: it takes a second to load, and the process that shows the page has no need of it.
    from classifiers.labels.collected import read_labels
    from deploy.options import opened
    from deploy.running.own_themes import learn_themes, to_learn
    from deploy.running.training import train_model, training_steps
    from deploy.running.what_changed import changes, lines

    progress.total(training_steps(settings) + 2)
    begun = itertools.count()

    def tell(step: str) -> None:
        progress.step(step, by=min(next(begun), 1))

    with opened(settings) as stream:
        registry = ModelRegistry(stream)
        before = registry.serving
        made = train_model(settings, stream, before, tell=tell)
        labels = read_labels(stream, belief=belief(settings))
        tell("learning themes of one's own")
        learn_themes(stream, to_learn(stream, labels), labels)
        tell("looking at what changed")
        found = tuple(lines(changes(settings, stream, before, made, labels), before, made))
        record = registry.propose(made, clock())
    return Trained(record.id, found)


def replayed(settings: Settings, progress: Progress, model: str) -> Replayed:
    """Has the stages decide again on the last seven days with a model; nothing is sent. In a process of its own."""
    from deploy.inspect.replay import items_since, replay  # as above
    from deploy.options import opened
    from deploy.running.wiring.serving import serving_of
    from stream.themes.saved import every_theme, shipped_themes

    with opened(settings) as stream:
        record, found = ModelRegistry(stream).find(model), items_since(stream, clock() - SINCE)
        progress.total(len(found))
        progress.step("judging the items of seven days again", by=0)
        judged_for = int(settings.classify.judged_days * DAY)
        serving, subscriptions = serving_of(settings, shipped_themes()), read_table(stream, topics.SUBSCRIPTIONS)
        result = replay(
            stream, record, found, serving, every_theme(stream), judged_for, subscriptions, partial(progress.step, "")
        )
    alerts = {kind: getattr(result, kind) for kind in ("come", "gone", "changed")}
    return Replayed(
        record.id,
        result.items,
        {kind: len(found) for kind, found in alerts.items()},
        {kind: tuple((a.theme, a.title, a.lang, a.probability) for a in alerts[kind][:SHOWN]) for kind in alerts},
        len(result.moved),
        dict(sorted(result.deliveries.items())),
    )
