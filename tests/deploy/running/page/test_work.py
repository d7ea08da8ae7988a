"""Labels, models, themes and dead records on the page, on a real stream and index."""

from pathlib import Path

import pytest

from classifiers.labels.book import LabelBook
from classifiers.registry import WAITS, ModelRegistry
from deploy.running.jobs import Jobs
from deploy.running.page.dead import dead_desk
from deploy.running.page.labels import POOL, label_desk
from deploy.running.page.models import model_desk, models_of, replayed, train
from deploy.running.page.themes import theme_desk
from deploy.settings.classifying import ClassifySettings, TrainSettings
from deploy.settings.locations import clock, index_path
from deploy.settings.model import DataSettings, Settings
from stream.index.reading import OpenIndex
from stream.index.session import open_index
from stream.log import topics
from stream.log.latest import Latest
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import Dead, Doubt, ModelRecord, decode, encode
from stream.sqlite import SqliteLog
from stream.themes.rules import InvalidTheme
from stream.themes.saved import read_own_themes, shipped_themes
from stream.web.access import RequestRefused
from stream.web.labels_api import LabelsApi
from stream.web.page import ThemeWish
from tests.stream.backends import read_all
from tests.stream.index.test_search import Index, tagged


class Told:
    """Notes the steps of a piece of work."""

    def __init__(self) -> None:
        self.most, self.done, self.steps = 0, 0, list[str]()

    def total(self, steps: int) -> None:
        self.most = steps

    def step(self, what: str = "", by: int = 1) -> None:
        self.done += by
        self.steps += [what] if what else []


@pytest.fixture
def settings(tmp_path: Path, statements: Path) -> Settings:
    return Settings(
        data=DataSettings(dir=tmp_path, cache=tmp_path / "cache"),
        classify=ClassifySettings(encoder="characters"),
        train=TrainSettings(statements=statements),
    )


@pytest.fixture
def log(settings):
    made = SqliteLog(settings.data.dir / "stream.db")
    made.ensure(all_topics(shipped_themes(), settings.stream.partitions))
    yield made
    made.close()


@pytest.fixture
def index(settings):
    database = open_index(index_path(settings))
    yield Index(database)
    database.close()


def desk_of(settings, log, models=tuple):
    labels = LabelsApi(log, OpenIndex(index_path(settings)), ("t", "u"), clock)
    return label_desk(OpenIndex(index_path(settings)), LabelBook(log), models, labels, clock)


def test_what_is_labelled_waits_no_longer_and_comes_back_when_it_is_taken_back(settings, log, index):
    index.take(*(tagged(f"i{n}", f"Title {n} of {'ships' if n % 2 else 'cars'}", n + 1) for n in range(4)))
    desk = desk_of(settings, log)
    waiting = desk.queue()
    assert sorted(waiting) == ["i0", "i1", "i2", "i3"]
    label = desk.say(waiting[0], "ann", ("t",), ("u",), False)
    assert desk.queue() == waiting[1:]  # in the order in which it was
    assert [(each.who, each.yes) for each in desk.since(0)] == [("ann", ("t",))]
    desk.undo(waiting[0], "ann", label)
    assert desk.queue() == waiting
    assert len(waiting) < POOL


def test_labels_that_a_training_doubts_wait_and_are_settled(settings, log, index):
    index.take(tagged("i", "Title"))
    doubted = ModelRecord(
        id="m", data=b"", training_hash="", weights_hash="", promoted_at=1,
        doubts=(Doubt("i", ("t",), ("u",), {"t": 0.02}),),
    )  # fmt: skip
    desk = desk_of(settings, log, lambda: [doubted])
    assert desk.doubted() == []
    desk.say("i", "ann", ("t",), ("u",), False)
    (row,) = desk.doubted()
    assert (row.item.id, row.yes, row.no, row.people, row.themes) == ("i", ("t",), ("u",), ("ann",), {"t": 0.02})
    desk.say("i", "bob", row.yes, row.no, True)
    assert desk.doubted() == []


@pytest.mark.slow
def test_a_training_has_its_model_wait_for_a_person_who_promotes_it(settings, log, index):
    first = ModelRegistry(log)
    told = Told()
    found = train(settings, told)
    record = ModelRegistry(log).find(found.model)
    assert (record.note, record.promoted_at) == (WAITS, 0)
    assert told.done + 1 == told.most
    assert len(told.steps) == told.most
    assert any(line.startswith("what changed") for line in found.lines)
    latest = Latest(log, topics.MODELS, lambda value: decode(value, ModelRecord))
    desk = model_desk(settings, log, Jobs(settings), models_of(latest))
    assert first.serving is None
    desk.promote(found.model)
    assert [(each.id, bool(each.promoted_at)) for each in desk.models()] == [(found.model, True)]
    with pytest.raises(RequestRefused, match="does not wait"):
        desk.refuse(found.model, "ann")
    again = replayed(settings, Told(), found.model)
    assert (again.items, again.counts) == (0, {"come": 0, "gone": 0, "changed": 0})


class Idle:
    """Jobs of which one is always under way, so that none begins."""

    def start(self, *_: object, **__: object) -> None:
        raise RequestRefused(409, "busy")

    def find(self, _: str) -> None:
        return None

    def cancel(self, _: str) -> None:
        return None


def test_a_theme_is_made_with_its_examples_even_while_other_work_goes_on(settings, log, index):
    index.take(tagged("i", "A ferry sails"))
    book = LabelBook(log)
    desk = theme_desk(log, OpenIndex(index_path(settings)), Idle(), book, tuple)
    about = "Passenger and car ferries: routes, sailings and strikes."
    desk.save(ThemeWish("ferries", "Ferries", about, ("Car sales",), ("i",), (), (), ("Cars sell\nwell",)), "ann")
    saved = read_own_themes(log)["ferries"]
    assert (saved.name, saved.about, saved.not_about, saved.head) == ("Ferries", about, ("Car sales",), b"")
    assert {(said.item.title, said.yes, said.people) for said in desk.said("ferries")} == {
        ("A ferry sails", True, ("ann",)), ("Cars sell", False, ("ann",)),
    }  # fmt: skip
    for wish in (
        ThemeWish("boats", "Boats", "too short"),
        ThemeWish("boats", "Boats", about, examples=("gone",)),
        ThemeWish("boats", "Boats", about, example_texts=("Cars",), other_texts=("Cars",)),
    ):
        with pytest.raises(InvalidTheme):
            desk.save(wish, "ann")
    assert set(read_own_themes(log)) == {"ferries"}
    assert len(read_all(log, "labels")) == 2
    desk.remove("ferries", False)
    assert read_own_themes(log)["ferries"].removed_at


def test_dead_records_are_given_back_once(log):
    dead = Dead(stage="tag", topic="items", partition=0, offset=1, key="k", value=b"v", error="E", at=1)
    lost = Dead(stage="tag", topic="items", partition=0, offset=2, key="k", value=None, error="E", at=2)
    log.append([Out("dead", "items:0:1", encode(dead)), Out("dead", "items:0:2", encode(lost))])
    desk = dead_desk(log)
    assert [bool(row.stays) for row in desk.waiting()] == [False, True]
    wanted = {(row.origin, row.stage) for row in desk.waiting()}
    assert desk.requeue(wanted) == 1
    assert desk.requeue(wanted) == 0
    assert [record.value for record in read_all(log, "retry.tag")] == [b"v"]
