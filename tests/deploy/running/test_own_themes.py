"""When themes of one's own are learnt: by labels about them, and never over what somebody changed meanwhile."""

import pytest
from msgspec.structs import replace

from classifiers.labels.collected import read_labels
from deploy.running.own_themes import lessons_of, put_learnt, to_learn
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import HealthEvent, Item, Label, OwnTheme, decode, encode
from stream.sqlite import SqliteLog
from stream.themes.saved import read_own_themes, remove_theme, save_theme, shipped_themes
from tests.stream.backends import read_all

FERRIES = OwnTheme(id="ferries", name="", about="Passenger and car ferries: routes and sailings.", added_at=1)
ITEM = Item(
    id="i", feed="f", source="Feed", entry="e", revision=0, url="", title="A ferry sails", summary="", lang="en",
    published=1, date_quality="trusted", first_seen=2, baseline=False,
)  # fmt: skip


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(shipped_themes(), 2))
    yield made
    made.close()


def label(number: int, yes=(), no=(), undoes="", who="ann") -> Out:
    item = replace(ITEM, id=f"i{number}")
    made = Label(id=f"l{number}{who}", item=item, who=who, origin="", at=number, yes=yes, no=no, undoes=undoes)
    return Out("labels", item.id, encode(made))


def learnt(log) -> OwnTheme:
    """The theme, as it is once it has been learnt from all labels so far."""
    theme = replace(read_own_themes(log)["ferries"], head=b"x", labels=dict(read_labels(log).ends))
    log.append([Out("themes", "ferries", encode(theme))])
    return theme


def due(log) -> list[str]:
    return [theme.id for theme in to_learn(log, read_labels(log))]


def test_a_theme_is_learnt_when_it_is_new_and_when_something_is_said_of_it(log):
    save_theme(log, FERRIES, 1)
    assert due(log) == ["ferries"]
    learnt(log)
    assert due(log) == []
    log.append([label(1, yes=("standards",))])
    assert due(log) == []
    log.append([label(2, no=("ferries",))])
    assert due(log) == ["ferries"]
    learnt(log)
    assert due(log) == []


def test_what_people_disagree_on_or_took_back_teaches_nothing(log):
    log.append([label(1, yes=("ferries",)), label(1, no=("ferries",), who="bob")])
    log.append([label(2, yes=("ferries",)), label(2, undoes="l2ann", who="cleo")])
    log.append([label(3, no=("ferries",))])
    [lesson] = lessons_of("ferries", read_labels(log))
    assert (lesson.text.title, lesson.yes) == ("A ferry sails", False)


def test_what_was_learnt_of_an_older_revision_is_not_saved(log):
    theme = save_theme(log, FERRIES, 1)
    save_theme(log, replace(theme, name="Boats"), 1)
    put_learnt(log, [replace(theme, head=b"learnt")])
    saved = read_own_themes(log)["ferries"]
    assert (saved.name, saved.head, saved.revision) == ("Boats", b"", 2)
    put_learnt(log, [replace(saved, head=b"learnt", sure=True)])
    assert read_own_themes(log)["ferries"].head == b"learnt"
    *_, told = (decode(record.value, HealthEvent) for record in read_all(log, "events"))
    assert told.message == "the theme ferries passed the promotion gate, and its alerts may be sure"
    remove_theme(log, "ferries", 9)
    put_learnt(log, [replace(saved, head=b"again")])
    assert read_own_themes(log)["ferries"].removed_at == 9
