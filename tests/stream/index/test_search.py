"""Looking for items and alerts: by words in any script, by filters, page by page, while rows change."""

from collections.abc import Iterator, Sequence

import msgspec
import pytest

from stream.engine.tables import Tables
from stream.index.queries import Wanted, count_items, find_alerts, find_items, languages, sources
from stream.index.session import open_index, put_changes
from stream.index.stage import IndexStage
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Out, Record
from stream.records import Alert, Item, Source, Tagged, encode
from stream.sqlite.database import Database

STAGE = IndexStage(("t", "u"))


class Index:
    """An index that the stage's changes are written to, one batch at a time."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._rows = InMemoryRows()

    def take(self, *outs: Out) -> None:
        found = [Record(out.topic, 0, 0, out.key, out.value) for out in outs]
        changes = STAGE.decide(Tables(self._rows), found, 0).changes
        self._rows.apply(changes)
        with self.db.transaction() as db:
            put_changes(db, changes)

    def items(self, **wanted: object) -> list[str]:
        return [doc.item.id for doc in find_items(self.db, Wanted(**wanted)).docs]  # type: ignore[arg-type]

    def alerts(self, **wanted: object) -> list[str]:
        return [doc.alert.id for doc in find_alerts(self.db, Wanted(**wanted)).docs]  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path) -> Iterator[Index]:
    db = open_index(tmp_path / "index.db")
    yield Index(db)
    db.close()


def tagged(key: str, title: str, at: int = 1, tags: Sequence[str] = (), **other: str) -> Out:
    item = Item(
        id=key, feed=other.get("feed", "f"), source=other.get("source", "Feed"), entry="e", revision=0, url="",
        title=title,
        summary=other.get("summary", ""), lang=other.get("lang", "en"), published=1, date_quality="trusted",
        first_seen=at, baseline=False,
    )  # fmt: skip
    made = Tagged(
        item=item, themes={"t": 0.9, "u": 0.2}, tags=tuple(tags), decision="tagged" if tags else "none", reasons=(),
        model="m", sources=(Source("Feed", "", key),),
    )  # fmt: skip
    return Out("tagged", key, encode(made))


def alert(key: str, title: str, at: int = 1, seq: int = 0, sources: Sequence[Source] = (), **other: str) -> Out:
    made = Alert(
        id=key, seq=seq, kind="update" if seq else "new", theme=other.get("theme", "t"), story="s", title=title,
        summary="", url="", lang=other.get("lang", "en"), sources=tuple(sources), independent=1, probability=0.9,
        reasons=(), model="m", published=1, date_quality="trusted", first_seen=1, tagged_at=1, alerted_at=at,
    )  # fmt: skip
    return Out(f"alerts.{made.theme}", key, encode(made))


def test_words_are_found_in_any_script_whole_or_by_their_beginning(index):
    index.take(
        tagged("en", "NVLink firmware halts training", 1),
        tagged("ja", "半導体の特許訴訟", 2, lang="ja"),
        tagged("de", "Café-Überwachung der Lieferkette", 3, lang="de"),
        tagged("ru", "Патентный спор о памяти", 4, lang="ru"),
    )
    assert index.items(words="NVLINK halt") == ["en"]
    assert index.items(words="特許") == ["ja"]
    assert index.items(words="許特") == []
    assert index.items(words="cafe uberwach") == ["de"]
    assert index.items(words="патентн") == ["ru"]
    assert index.items(words="nvlink спор") == []


@pytest.mark.parametrize("signs", ['"', "***", "()", "—", "_", 'AND "', "a OR NOT NEAR(b)", "x:y", "-nvlink", "^n"])
def test_signs_of_a_query_language_are_no_more_than_signs(index, signs):
    index.take(tagged("en", "NVLink firmware halts training"))
    assert index.items(words=signs) in ([], ["en"])


def test_what_an_edit_took_away_is_no_longer_found(index):
    index.take(tagged("i", "Old words", tags=["t"]), tagged("i", "New phrase", tags=["u"]))
    assert (index.items(words="old"), index.items(words="phrase")) == ([], ["i"])
    assert (index.items(theme="t"), index.items(theme="u")) == ([], ["i"])


def test_filters_narrow_together_and_the_newest_come_first(index):
    index.take(
        tagged("a", "Chips one", 10, ["t"], feed="f"),
        tagged("b", "Chips two", 30, ["t"], feed="g", lang="de", source="Wire"),
        tagged("c", "Chips three", 20, feed="h"),
    )
    assert index.items() == ["b", "c", "a"]
    assert index.items(theme="t") == ["b", "a"]
    assert index.items(theme="t", lang="de", words="chips") == ["b"]
    assert index.items(decision="none") == ["c"]
    assert index.items(feed="f") == ["a"]
    assert index.items(source="Wire") == ["b"]
    assert sources(index.db, "item") == ["Feed", "Wire"]
    assert index.items(since=11, until=30) == ["c"]
    assert languages(index.db, "item") == ["de", "en"]
    assert count_items(index.db, 11) == {"tagged": 1, "none": 1}


@pytest.mark.parametrize("words", ["", "chips"])
def test_pages_neither_repeat_nor_leave_out_while_more_comes_in(index, words):
    index.take(*(tagged(f"i{n}", "Chips", at=n // 5) for n in range(23)))  # many of one moment
    found, more = [], 0
    while True:
        page = find_items(index.db, Wanted(words=words, before=more, limit=5))
        found += [doc.item.id for doc in page.docs]
        index.take(tagged(f"late{len(found)}", "Chips", at=99))
        if not (more := page.more):
            break
    assert sorted(found) == sorted(f"i{n}" for n in range(23))


def test_an_alert_is_found_by_what_any_of_its_records_brought_and_stays_where_it_was_raised(index):
    one, two = Source("Wire", "", "i"), Source("Desk", "", "j", copy_of="i")
    index.take(alert("a", "First", 10, sources=[one]), alert("b", "Second", 20, theme="u"))
    index.take(alert("a", "First, with more", 30, 1, sources=[one, two]))
    assert index.alerts() == ["b", "a"]
    assert sources(index.db, "alert") == ["Desk", "Wire"]
    assert index.alerts(source="Desk") == index.alerts(words="more") == index.alerts(theme="t") == ["a"]
    (doc,) = find_alerts(index.db, Wanted(theme="t")).docs
    assert [(m.kind, m.sources, m.copies) for m in doc.course] == [("new", ("Wire",), 0), ("update", ("Desk",), 1)]
    assert msgspec.json.encode(doc)
