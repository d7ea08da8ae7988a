"""The role `train`: trains again every night, and after so many new labels, in a process of its own."""

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

from classifiers.labels.collected import read_labels
from classifiers.registry import ModelRegistry
from deploy.options import configure_logs, opened
from deploy.running.drift_watch import DriftWatch
from deploy.running.own_themes import to_learn
from deploy.settings.classifying import TrainSettings
from deploy.settings.locations import belief, clock
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log
from stream.ops.metrics import Metrics
from stream.ops.metrics.catalogue import MODEL_DRIFT
from stream.ops.parent import end_with_parent
from stream.records import ModelRecord

__all__ = ["Retrainer", "is_due", "learn_apart", "next_night", "train_apart", "trained_up_to"]

log = logging.getLogger(__name__)
LOOK_SECONDS = 20.0  # between two checks of how many labels there are
PAGE_SECONDS = 0.05  # between two pages of what was classified before the start, so that the other roles come first
NICE = 10


def next_night(train: TrainSettings, now: datetime) -> datetime | None:
    """The next time of the nightly training after `now` (UTC), None where it is switched off."""
    if not train.nightly:
        return None
    hour, minute = train.nightly.split(":")
    found: datetime | None = CronTrigger(hour=int(hour), minute=int(minute), timezone=UTC).get_next_fire_time(None, now)
    return found


def trained_up_to(records: list[ModelRecord]) -> int:
    """How many labels the last training has read, whether its model was promoted or refused."""
    return max((sum(record.labels.values()) for record in records), default=0)


def is_due(train: TrainSettings, new: int, night: bool) -> bool:
    """Whether to train: there is something new, and it is night or there is enough of it."""
    return new > 0 and (night or 0 < train.after_labels <= new)


class Retrainer:
    """Checks regularly whether to train and how far the serving model has drifted; training is done elsewhere."""

    def __init__(
        self,
        settings: Settings,
        stream: Log,
        clock: Callable[[], datetime],
        metrics: Metrics,
        train: "TrainApart",
        learn: "TrainApart" = lambda settings, stop: None,
    ) -> None:
        self.passed = 0  # trainings
        self.idle = True  # `run --once` does not wait for the next training
        self._settings = settings
        self._stream = stream
        self._clock = clock
        self._metrics = metrics
        self._train = train
        self._night = next_night(settings.train, clock())
        self._counted = (0, 0)  # labels when we last looked, and how many of them no training had read
        self._drift = DriftWatch(stream)
        self._drifted: set[str] = set()
        self._learn = learn
        self._seen: Mapping[tuple[str, int], int] = {}
        self._woken = threading.Event()

    def run(self, stop: threading.Event, stepped: Callable[[], None] = lambda: None) -> None:
        """Checks until it is stopped."""
        while not stop.is_set():
            self.step(stop)
            stepped()
            self._woken.wait(PAGE_SECONDS if self._drift.behind else LOOK_SECONDS)
            self._woken.clear()

    def step(self, stop: threading.Event) -> bool:
        """Checks once; returns whether it has trained."""
        now = self._clock()
        self._tell_drift(now)
        night = self._night is not None and now >= self._night
        if night:
            self._night = next_night(self._settings.train, now)
        self._learn_themes(stop)
        if not is_due(self._settings.train, self._new_labels(), night):
            return False
        self._train(self._settings, stop)
        self._counted = (0, 0)
        self.passed += 1
        return True

    def _learn_themes(self, stop: threading.Event) -> None:
        """Learns the themes of one's own of which there is something new; looked at only where something has come."""
        ends = self._stream.ends([topics.LABELS, topics.THEMES])
        if ends == self._seen:
            return
        self._seen = ends
        if self._themes_due():
            self._learn(self._settings, stop)
            self._seen = self._stream.ends([topics.LABELS, topics.THEMES])

    def _themes_due(self) -> bool:
        if not any(end for (topic, _), end in self._seen.items() if topic == topics.THEMES):
            return False
        return bool(to_learn(self._stream, read_labels(self._stream)))

    def _new_labels(self) -> int:
        labels = sum(self._stream.ends([topics.LABELS]).values())
        if labels != self._counted[0]:  # the models are large: they are read only if something is new
            self._counted = (labels, labels - trained_up_to(ModelRegistry(self._stream).records))
        return self._counted[1]

    def _tell_drift(self, now: datetime) -> None:
        """Clears the values of the model before while the new one has classified too few items."""
        if self._drift.behind:
            self._drift.catch_up()
        else:
            self._drift.advance(int(now.timestamp() * 1000))
        values = self._drift.latest()
        self._drifted |= values.keys()
        for name in self._drifted:
            self._metrics[MODEL_DRIFT].labels(name).set(values.get(name, 0))

    def wake(self) -> None:
        """Makes it check now."""
        self._woken.set()

    def close(self) -> None:
        """Closes what it reads."""
        self._drift.close()


TrainApart = Callable[[Settings, threading.Event], None]


def train_apart(settings: Settings, stop: threading.Event) -> None:
    """Trains in a process of its own, so that its memory is released and a stop ends it at once."""
    _apart(_train, settings, stop)


def learn_apart(settings: Settings, stop: threading.Event) -> None:
    """Learns one's own themes in a process of its own, as `train_apart` trains."""
    _apart(_learn_themes, settings, stop)


def _apart(work: Callable[[Settings, int], None], settings: Settings, stop: threading.Event) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=(settings, os.getpid()), daemon=True)
    process.start()
    while process.is_alive() and not stop.is_set():
        process.join(0.5)
    if process.is_alive():
        process.terminate()
        process.join()
    elif process.exitcode:
        log.error("training ended with status %s; it will be retried after more labels, or at night", process.exitcode)


def _learn_themes(settings: Settings, parent: int) -> None:
    end_with_parent(parent)
    from deploy.running.own_themes import learn_themes, to_learn  # as below

    os.nice(NICE)
    configure_logs(settings)
    with opened(settings) as stream:
        labels = read_labels(stream, belief=belief(settings))
        learn_themes(stream, to_learn(stream, labels), labels)


def _train(settings: Settings, parent: int) -> None:
    end_with_parent(parent)
    # only in the process that trains: it takes a second to load
    from deploy.running.training import train_model
    from deploy.running.what_changed import changes, lines

    os.nice(NICE)
    configure_logs(settings)
    with opened(settings) as stream:
        registry = ModelRegistry(stream)
        before = registry.serving
        record = registry.add(train_model(settings, stream, before), clock())
        found = changes(settings, stream, before, record, read_labels(stream, belief=belief(settings)))
        for line in lines(found, before, record):
            log.info("%s", line)
        log.info("%s was trained on %d examples: %s", record.id, record.examples, record.note or "it is serving")
