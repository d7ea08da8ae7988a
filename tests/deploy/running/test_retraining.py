"""The role `train`: when it trains, and what it tells of drift."""

import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from classifiers.measuring.drift import LINE, WINDOW, Watch, stability_index
from deploy.running.drift_watch import drift_of
from deploy.running.retraining import Retrainer, is_due, next_night, trained_up_to
from deploy.settings.classifying import TrainSettings
from deploy.settings.model import Settings
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.ops.metrics import Metrics
from stream.records import HealthEvent, Item, Label, ModelRecord, OwnTheme, Tagged, decode, encode
from stream.sqlite import SqliteLog
from stream.themes.saved import read_own_themes, save_theme
from stream.themes.watched import watched
from tests.stream.backends import read_all

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def item(number: int, lang: str = "en", source: str = "Feed") -> Item:
    return Item(
        id=f"i{number}", feed="f", source=source, entry="e", revision=0, url="", title="T", summary="", lang=lang,
        published=1, date_quality="", first_seen=1, baseline=False,
    )  # fmt: skip


def tagged(number: int, p: float, **of: str) -> Tagged:
    return Tagged(
        item=item(number, **of), themes={"a": p}, tags=(), decision="none", reasons=(), model="m-1", nearness=0.5
    )


def label(number: int) -> Out:
    made = Label(id=f"l{number}", item=item(number), who="ann", origin="test", at=1, yes=("a",))
    return Out("labels", made.item.id, encode(made))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Trainings:
    """What is called in place of a training: notes how many labels there were, as a record does."""

    def __init__(self, stream: SqliteLog) -> None:
        self.stream, self.count = stream, 0

    def __call__(self, settings: Settings, stop: threading.Event) -> None:
        self.count += 1
        ends = {str(partition): end for (_, partition), end in self.stream.ends(["labels"]).items()}
        record = ModelRecord(
            id=f"m-{self.count}", data=b"", training_hash="", weights_hash="", promoted_at=0, labels=ends
        )
        self.stream.append([Out("models", record.id, encode(record))])


@pytest.fixture
def stream(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    log.ensure(all_topics(("a",), 2))
    yield log
    log.close()


@pytest.fixture
def role(stream):
    clock, trainings, metrics = Clock(), Trainings(stream), Metrics(CollectorRegistry())
    settings = Settings(train=TrainSettings(after_labels=3, nightly="03:30"))
    made = Retrainer(settings, stream, clock, metrics, trainings)
    yield made, clock, trainings, metrics
    made.close()


def test_it_trains_after_so_many_new_labels_and_not_again_on_the_same(stream, role):
    retrainer, _, trainings, _ = role
    stop = threading.Event()
    stream.append([label(1), label(2)])
    assert not retrainer.step(stop)
    stream.append([label(3)])
    assert retrainer.step(stop)
    assert not retrainer.step(stop)
    assert trainings.count == 1


def test_it_trains_at_night_if_there_is_anything_new(stream, role):
    retrainer, clock, trainings, _ = role
    stop = threading.Event()
    clock.now = NOON + timedelta(hours=16)
    assert not retrainer.step(stop)
    stream.append([label(1)])
    assert not retrainer.step(stop)  # the night is over
    clock.now += timedelta(days=1)
    assert retrainer.step(stop)
    assert trainings.count == 1


def test_when_it_is_night():
    assert next_night(TrainSettings(nightly="03:30"), NOON) == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert next_night(TrainSettings(nightly=""), NOON) is None
    assert not is_due(TrainSettings(after_labels=0), 1000, night=False)
    assert is_due(TrainSettings(after_labels=0), 1, night=True)
    assert not is_due(TrainSettings(), 0, night=True)
    assert trained_up_to([]) == 0


def test_drift_is_told_once_with_the_sources_that_grew(stream, role):
    retrainer, _, _, metrics = role
    stop = threading.Event()
    even = [tagged(n, n % 10 / 10) for n in range(2 * WINDOW)]
    stream.append([Out("tagged", each.item.id, encode(each)) for each in even])
    retrainer.step(stop)
    assert metrics.registry.get_sample_value("themewire_model_drift", {"feature": "a"}) < 0.1
    moved = [tagged(n, 0.95, lang="ja", source="New") for n in range(WINDOW)]
    stream.append([Out("tagged", each.item.id, encode(each)) for each in moved])
    for _ in range(2):
        retrainer.step(stop)
    found = [decode(record.value, HealthEvent) for record in read_all(stream, "events")]
    assert {event.subject for event in found} == {"models/m-1/a", "models/m-1/languages"}
    assert len(found) == 2
    assert all("growing sources: New" in event.message for event in found)
    assert metrics.registry.get_sample_value("themewire_model_drift", {"feature": "a"}) > LINE
    drift = drift_of(stream, "m-1")
    assert drift is not None
    assert drift.sources == ("New",)
    other = replace(tagged(0, 0.5), model="m-2")
    stream.append([Out("tagged", "other", encode(other))])
    for _ in range(2):
        retrainer.step(stop)
    assert metrics.registry.get_sample_value("themewire_model_drift", {"feature": "a"}) == 0


def test_what_was_classified_before_a_start_is_read_a_page_at_a_time_and_told_as_a_whole(stream):
    before = [tagged(n, n % 10 / 10 if n < WINDOW else 0.95) for n in range(2 * WINDOW)]
    stream.append([Out("tagged", "of one partition", encode(each)) for each in before])
    metrics = Metrics(CollectorRegistry())
    retrainer = Retrainer(Settings(), stream, Clock(), metrics, Trainings(stream))
    told = [metrics.registry.get_sample_value("themewire_model_drift", {"feature": "a"})]
    while (value := told[-1]) is None:
        retrainer.step(threading.Event())
        told.append(metrics.registry.get_sample_value("themewire_model_drift", {"feature": "a"}))
        assert len(told) < 10
    assert len(told) > 2, "it was all read at once"
    assert value > LINE
    retrainer.step(threading.Event())
    assert read_all(stream, "events") == []  # it had crossed before, and was reported then
    retrainer.close()


def test_too_few_items_tell_nothing_and_what_people_decided_is_no_drift(stream):
    watch = Watch()
    for n in range(2 * WINDOW - 1):
        watch.add(tagged(n, 0.1))
    assert watch.drift is None
    assert watch.crossed() == ()
    stream.append([Out("tagged", "i", encode(replace(tagged(1, 1.0), rule="label")))])
    assert drift_of(stream, "m-1") is None


def test_the_stability_index():
    assert stability_index({"a": 50, "b": 50}, {"a": 50, "b": 50}) == 0
    assert stability_index({"a": 90, "b": 10}, {"a": 10, "b": 90}) > 1
    assert stability_index({"a": 10}, {"b": 10}) > 1


def test_a_theme_of_ones_own_is_learnt_once_for_what_is_new(stream):
    clock, trainings, metrics = Clock(), Trainings(stream), Metrics(CollectorRegistry())
    learnt = []

    def learn(settings, stop):
        learnt.append([theme.id for theme in watched(read_own_themes(stream))])
        for theme in watched(read_own_themes(stream)):
            made = msgspec.structs.replace(theme, head=b"x", labels={"0": 0, "1": 0})
            stream.append([Out("themes", theme.id, encode(made))])

    made = Retrainer(Settings(), stream, clock, metrics, trainings, learn)
    stop = threading.Event()
    try:
        made.step(stop)
        assert learnt == []
        about = "Passenger and car ferries: routes and sailings."
        save_theme(stream, OwnTheme(id="ferries", name="", about=about, added_at=1), 1)
        made.step(stop)
        made.step(stop)
        assert learnt == [["ferries"]]
    finally:
        made.close()
