"""The labels as they stand, followed: each is read once, and what it changes is known at once."""

from collections.abc import Iterator

import pytest

from classifiers.labels.book import LabelBook
from stream.log.records import Out
from stream.log.topics import all_topics
from stream.records import Item, Label, encode
from stream.sqlite import SqliteLog


@pytest.fixture
def log(tmp_path) -> Iterator[SqliteLog]:
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(("t", "u"), 2))
    yield made
    made.close()


def label(key: str, item: str, at: int, **of: object) -> Out:
    text = Item(
        id=item, feed="f", source="S", entry="e", revision=0, url="", title=item, summary="", lang="en", published=1,
        date_quality="", first_seen=1, baseline=False,
    )  # fmt: skip
    return Out("labels", item, encode(Label(id=key, item=text, who="ann", origin="", at=at, **of)))


def test_it_follows_what_is_said_taken_back_and_said_twice(log):
    book = LabelBook(log)
    assert (dict(book.items()), list(book.since(0))) == ({}, [])
    log.append([label("b", "i", 20, yes=("t",)), label("a", "j", 10, no=("t",))])
    assert book.items()["i"].current.yes == {"t"}
    assert [each.id for each in book.since(0)] == ["b", "a"]
    assert [each.id for each in book.since(11)] == ["b"]
    log.append([label("c", "i", 30, undoes="b"), label("a", "j", 10, no=("t",))])
    assert set(book.known()) == {"j"}
    assert [each.id for each in book.since(0)] == ["a"]


def test_a_contrary_label_waits_until_somebody_insists(log):
    book = LabelBook(log)
    log.append([label("a", "i", 10, yes=("t",), contrary=True)])
    assert book.items()["i"].contrary
    log.append([label("b", "i", 20, yes=("t",), confirmed=True)])
    assert not book.items()["i"].contrary


def test_a_record_that_is_no_label_is_passed_over(log):
    log.append([Out("labels", "i", b"{}"), label("a", "i", 10, yes=("t",))])
    assert set(LabelBook(log).known()) == {"i"}
