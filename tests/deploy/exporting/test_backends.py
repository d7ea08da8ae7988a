"""Exports of every kind and format from both backends: cut off, and gone on with, they have each record once."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from deploy.commands.export import command
from deploy.exporting import export as exporting
from deploy.exporting.export import export
from deploy.exporting.rows import EXPORTS
from stream.kafka.clients import write
from stream.kafka.log import KafkaLog
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import LABELS, TAGGED, alerts_topic, all_topics
from stream.records import Label, Tagged, encode
from tests.deploy.exporting.cut_off import cut_off
from tests.deploy.exporting.test_export import T0, item, tagged, wish
from tests.stream.backends import Backend, KafkaBackend, SqliteBackend, open_log
from tests.stream.stories.test_stages import alert

THEMES = ("standards", "memory")
COUNT = 24
KEYS = {"items": "item", "judgements": "item", "alerts": "story", "labels": "label"}


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    sqlite = request.param == "sqlite"
    return SqliteBackend(tmp_path) if sqlite else KafkaBackend(request.getfixturevalue("broker").bootstrap)


@pytest.fixture
def log(backend: Backend) -> Iterator[Log]:
    made = open_log(backend.address)
    made.ensure(all_topics(THEMES, 2))
    yield made
    made.close()


def outs(numbers: range) -> list[Out]:
    """Of each number an item with its judgements, an alert and a label."""
    found: list[Out] = []
    for n in numbers:
        judged: Tagged = tagged(n, "standards")
        told = msgspec.structs.replace(alert(), id=f"a{n}", story=f"i{n}")
        said = Label(id=f"i{n}", item=item(n), who="ann", origin="web", at=T0 + n, yes=("standards",))
        found += [
            Out(TAGGED, judged.item.id, encode(judged)),
            Out(alerts_topic("standards"), told.story, encode(told)),
            Out(LABELS, said.id, encode(said)),
        ]
    return found


def exported(out: Path, what: str, form: str) -> list[str]:
    """What the rows are of, in the order of their numbers."""
    found: list[str] = []
    for file in sorted(out.glob(f"{what}-*.{form}")):
        text = form == "jsonl"
        rows = [json.loads(line) for line in file.open()] if text else pyarrow.parquet.read_table(file).to_pylist()
        found += [row[KEYS[what]] for row in rows]
    return sorted(found, key=lambda name: int(name[1:]))


def test_an_export_that_was_cut_off_goes_on_and_has_each_record_once(log, backend, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 9)
    log.append(outs(range(COUNT // 2)))
    if isinstance(log, KafkaLog):  # what was never committed has offsets, and is nowhere
        producer = log.clients.producer(log.full("given-up"))
        producer.begin_transaction()
        write(producer, [log.send_of(out) for out in outs(range(90, 95))])
        producer.abort_transaction()
        log.clients.close_producer(producer)
    log.append(outs(range(COUNT // 2, COUNT)))
    forms = {what: ("jsonl", "parquet")[number % 2] for number, what in enumerate(EXPORTS)}
    each = [(what, form, tmp_path / what) for what, form in forms.items()]
    for what, form, out in each:
        with cut_off(monkeypatch, 7):  # between its second part and the progress that names it
            export(log, out, wish(what, form), THEMES)
        assert exported(out, what, form)
    log.append(outs(range(COUNT, COUNT + 3)))
    for what, form, out in each:
        export(log, out, wish(what, form), THEMES)
        times = 2 if what == "judgements" else 1  # of each theme
        assert exported(out, what, form) == [f"i{n}" for n in range(COUNT + 3) for _ in range(times)]
    assert export(log, out, wish(what, form), THEMES) == exporting.Exported(0, 0, times * (COUNT + 3))


def test_the_command_exports_from_a_stream(log, backend, tmp_path, monkeypatch):
    log.append(outs(range(3)))
    kind, _, where = backend.address.partition(":")
    servers, _, prefix = where.partition("/")
    url = f"kafka://{servers}" if kind == "kafka" else f"sqlite:///{where}"
    monkeypatch.setenv("THEMEWIRE_DATA__DIR", str(tmp_path / "data"))
    monkeypatch.setenv("THEMEWIRE_STREAM__URL", url)
    monkeypatch.setenv("THEMEWIRE_STREAM__PARTITIONS", "2")
    if kind == "kafka":
        monkeypatch.setenv("THEMEWIRE_KAFKA__PREFIX", prefix)
    out = tmp_path / "out"
    for text in (f"3 rows in 1 file added to {out}; in all 3\n", f"0 rows in 0 files added to {out}; in all 3\n"):
        done = CliRunner().invoke(command, ["alerts", str(out)])
        assert (done.output, done.exception) == (text, None)
    assert exported(out, "alerts", "parquet") == ["i0", "i1", "i2"]
