"""Exports: each record once over runs, crashes and partitions, in the schema that is documented."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow.dataset
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from deploy.commands.export import command
from deploy.exporting import export as exporting
from deploy.exporting.export import export
from deploy.exporting.folder import ExportRefused, Wish, opened_folder
from deploy.exporting.formats import FormatMissing, columns
from deploy.exporting.rows import EXPORTS
from stream.log.records import Out
from stream.log.topics import alerts_topic, all_topics
from stream.records import Alert, Item, Label, Related, Source, Tagged, encode
from stream.sqlite import SqliteLog
from tests.deploy.exporting.cut_off import cut_off
from tests.stream.stories.test_stages import alert

THEMES = ("standards", "memory")
T0 = 1_772_618_400_000
DAY = 86_400_000


@pytest.fixture
def log(tmp_path):
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure(all_topics(THEMES, 3))
    yield made
    made.close()


def item(number: int, **of) -> Item:
    made = {
        "id": f"i{number}", "feed": "f", "source": "Wire", "entry": str(number), "revision": 0,
        "url": f"https://wire.example/{number}", "title": f"Ünicode {number}\u2028", "summary": "s", "lang": "en",
        "published": T0, "date_quality": "trusted", "first_seen": T0 + number, "baseline": False,
    }  # fmt: skip
    return Item(**{**made, **of})


def tagged(number: int, *tags: str, **of) -> Tagged:
    made = {
        "item": item(number), "themes": {"standards": 0.9, "memory": 0.25}, "tags": tags,
        "decision": "tagged" if tags else "none", "reasons": (), "model": "m-1", "at": T0 + number,
        "own": {"memory": "unsure"},
    }  # fmt: skip
    return Tagged(**{**made, **of})


def put(log: SqliteLog, topic: str, *found) -> None:
    key = {Tagged: lambda r: r.item.id, Alert: lambda r: r.story, Label: lambda r: r.item.id}
    log.append([Out(topic, key[type(each)](each), encode(each)) for each in found])


def wish(what: str = "items", form: str = "jsonl", **of) -> Wish:
    return Wish(what=what, format=form, **of)


def rows(path: Path, what: str) -> list[dict]:
    found = [json.loads(line) for file in sorted(path.glob(f"{what}-*.jsonl")) for line in file.open(encoding="utf-8")]
    return sorted(found, key=lambda row: datetime.fromisoformat(row["at"]))


def test_each_record_is_there_once_however_often_it_is_run(log, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    put(log, "tagged", *(tagged(n, "standards") for n in range(25)))
    first = export(log, tmp_path / "out", wish(), THEMES)
    assert (first.rows, first.parts) == (25, 3)
    assert export(log, tmp_path / "out", wish(), THEMES) == exporting.Exported(0, 0, 25)
    put(log, "tagged", *(tagged(n) for n in range(25, 30)))
    assert export(log, tmp_path / "out", wish(), THEMES).rows_in_all == 30
    assert [row["item"] for row in rows(tmp_path / "out", "items")] == [f"i{n}" for n in range(30)]


@pytest.mark.parametrize("steps", range(1, 8))
def test_wherever_it_is_cut_off_it_goes_on_and_nothing_is_lost_or_there_twice(log, tmp_path, monkeypatch, steps):
    monkeypatch.setattr(exporting, "MOST_ROWS", 10)
    put(log, "tagged", *(tagged(n, "standards") for n in range(35)))
    out = tmp_path / "out"
    with cut_off(monkeypatch, steps):
        export(log, out, wish(), THEMES)
    put(log, "tagged", *(tagged(n, "standards") for n in range(35, 40)))
    export(log, out, wish(), THEMES)
    assert [row["item"] for row in rows(out, "items")] == [f"i{n}" for n in range(40)]
    names = {part["file"] for part in json.loads((out / "_export.json").read_bytes())["parts"]}
    assert {path.name for path in out.iterdir() if not path.name.startswith(".")} == names | {"_export.json"}


def test_parquet_has_the_schema_that_is_documented(log, tmp_path):
    related = (Related("other", 0.5),)
    sources = (
        Source("Wire", "https://wire.example/1", "i1"),
        Source("Copy", "https://c.example/1", "i2", copy_of="i1"),
    )
    put(log, alerts_topic("standards"), msgspec.structs.replace(alert(), related=related, sources=sources, published=0))
    put(log, "tagged", tagged(1, "standards"))
    put(log, "labels", Label(id="l1", item=item(1), who="ann", origin="web", at=T0, yes=("standards",)))
    names = {"timestamp[ms, tz=UTC]": "timestamp[ms, UTC]"}
    for what, kind in EXPORTS.items():
        export(log, tmp_path / what, wish(what, "parquet"), THEMES)
        table = pyarrow.dataset.dataset(tmp_path / what, format="parquet").to_table()
        assert table.num_rows == (2 if what == "judgements" else 1)
        (file,) = (tmp_path / what).glob("*.parquet")
        schema = pyarrow.parquet.read_schema(file)
        made = [
            (field.name, names.get(str(field.type), str(field.type)) + (" or null" if field.nullable else ""))
            for field in schema
            if not pyarrow.types.is_list(field.type)
        ]
        assert made == [(name, form) for name, form, _ in columns(kind.row) if not form.startswith("list")]
    (told,) = pyarrow.parquet.read_table(tmp_path / "alerts").to_pylist()
    assert (told["published"], told["related"]) == (None, ["other"])
    assert told["sources"][1] == {"name": "Copy", "url": "https://c.example/1", "item": "i2", "copy_of": "i1"}
    (seen,) = pyarrow.parquet.read_table(tmp_path / "items").to_pylist()
    assert (seen["at"], seen["tags"]) == (datetime.fromtimestamp((T0 + 1) / 1000, UTC), ["standards"])


def test_a_theme_and_times_choose(log, tmp_path):
    put(log, "tagged", tagged(1, "standards"), tagged(2, "memory"), tagged(3), tagged(4, "standards", relabelled=True))
    said = [("a", ("standards",), (), ""), ("b", (), ("memory",), ""), ("c", (), (), "a")]
    for number, (name, yes, no, undoes) in enumerate(said):
        label = Label(id=name, item=item(1), who="ann", origin="web", at=T0 + number * DAY, yes=yes, no=no)
        put(log, "labels", msgspec.structs.replace(label, undoes=undoes))
    for name, of, expected in (
        ("items", {"themes": ("memory",)}, ["i2"]),
        ("items", {"since": T0 + 2, "until": T0 + 3}, ["i2"]),
        ("judgements", {"themes": ("memory",)}, ["i1", "i2", "i3", "i4"]),
        ("labels", {"themes": ("standards",)}, ["a", "c"]),
        ("labels", {"since": T0 + DAY}, ["b", "c"]),
    ):
        out = tmp_path / f"{name}{of}"
        export(log, out, wish(name, **of), THEMES)
        assert [row["label" if name == "labels" else "item"] for row in rows(out, name)] == expected
    judged = rows(tmp_path / "judgements{'themes': ('memory',)}", "judgements")
    assert [(row["tagged"], row["decision"]) for row in judged[:2]] == [(False, "unsure"), (True, "unsure")]


def test_a_record_that_cannot_be_read_hides_no_other(log, tmp_path):
    log.append([Out("tagged", "i0", b"{}")])
    put(log, "tagged", tagged(1))
    assert export(log, tmp_path / "out", wish(), THEMES).rows == 1


def test_what_retention_took_between_two_runs_is_said(log, tmp_path, monkeypatch):
    put(log, "tagged", tagged(1))
    export(log, tmp_path / "out", wish(), THEMES)
    begins = {place: end + 3 for place, end in log.ends(["tagged"]).items() if end}
    monkeypatch.setattr(log, "begins", lambda _: begins)
    assert export(log, tmp_path / "out", wish(), THEMES).lost == 3


def test_a_folder_holds_one_export_and_one_process_writes_to_it(log, tmp_path):
    put(log, "tagged", tagged(1))
    out = tmp_path / "out"
    export(log, out, wish(), THEMES)
    with pytest.raises(ExportRefused, match=r"another export \(items --format jsonl\)"):
        export(log, out, wish(themes=("memory",)), THEMES)
    with opened_folder(out, wish()), pytest.raises(ExportRefused, match="another export is writing"):
        export(log, out, wish(), THEMES)
    (out / "_export.json").write_text("{")
    with pytest.raises(ExportRefused, match="cannot be read: choose another folder"):
        export(log, out, wish(), THEMES)


def test_without_the_extra_the_sentence_says_how_to_add_it_and_no_folder_is_made(log, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(FormatMissing, match=r"pip install 'themewire\[parquet\]'"):
        export(log, tmp_path / "out", wish(form="parquet"), THEMES)
    assert not os.path.lexists(tmp_path / "out")


def test_the_command_says_what_it_has_added_and_refuses_what_is_no_theme_or_date(tmp_path, monkeypatch):
    monkeypatch.setenv("THEMEWIRE_DATA__DIR", str(tmp_path / "data"))
    run = lambda *arguments: CliRunner().invoke(command, ["labels", str(tmp_path / "out"), *arguments])  # noqa: E731
    assert run("--format", "jsonl").output == f"0 rows in 0 files added to {tmp_path / 'out'}; in all 0\n"
    assert "no date or time" in run("--since", "yesterday").output
    assert "there is no theme 'x'" in str(run("--theme", "x").exception or run("--theme", "x").output)
