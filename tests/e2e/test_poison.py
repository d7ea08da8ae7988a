"""Every tenth item cannot be judged, as by a defect of ours: the others pass, these go to `dead` and come back after a
fix, each once. And a backlog of very many comes through once."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from classifiers.judging.classify import Judgement
from classifiers.judging.text import Text
from classifiers.stage import Judge, TagStage
from deploy.running.wiring import Role, stage_role
from deploy.settings.locations import clock, ensure_topics, open_log
from deploy.settings.model import Settings
from stream.engine.worker import Worker
from stream.log.port import Log
from stream.log.records import Out
from stream.records import HealthEvent, Item, encode
from tests.deploy.command import Command
from tests.stream.backends import read_all
from tests.stream.fakes import RecordingHooks

MANY = [pytest.mark.soak, pytest.mark.timeout(3600)]
PORTION = 1000  # records of an append


class _Model:
    """Says `none` of every text; it has a defect for those that are marked, until it is fixed."""

    def __init__(self, fixed: bool) -> None:
        self._fixed = fixed

    def judge(self, models: Mapping[str, bytes]) -> Judge:
        return lambda texts: [self._judged(text) for text in texts]

    def refused(self, models: Mapping[str, bytes]) -> Mapping[str, HealthEvent]:
        return {}

    def _judged(self, text: Text) -> Judgement:
        if text.title.startswith("poison") and not self._fixed:
            raise ZeroDivisionError("a defect")
        return Judgement({"standards": 0.1}, (), "none", "en", (), "m")


def item(number: int, title: str) -> Out:
    made = Item(
        id=f"i{number}", feed="f", source="Feed", entry=f"{number}", revision=0, url="", title=f"{title} {number}",
        summary="", lang="en", published=clock(), date_quality="trusted", first_seen=clock(), baseline=False,
    )  # fmt: skip
    return Out("items", made.id, encode(made))


def put(log: Log, outs: Sequence[Out]) -> None:
    for begin in range(0, len(outs), PORTION):
        log.append(outs[begin : begin + PORTION])


def work_off(log: Log, role: Role) -> None:
    """Lets one worker of this role do all that there is, with a new worker every so often, as after a restart."""
    inputs = role.inputs
    while log.lag(role.name, inputs).records:
        worker = Worker(role.stage, log, log.session(role.name, inputs), clock, RecordingHooks())
        passed = 0
        while passed < 20 * PORTION and log.lag(role.name, inputs).records:
            passed += sum(worker.step() for _ in range(10))
        worker.close()


def tagged(log: Log) -> Counter[str]:
    return Counter(msgspec.json.decode(r.value)["item"]["title"] for r in read_all(log, "tagged") if r.value)


@pytest.fixture
def place(stream_url: str, tmp_path: Path):
    stated = {"stream.url": stream_url, "stream.partitions": "4", "classify.encoder": "characters"}
    settings = Settings.model_validate(
        {"data": {"dir": tmp_path / "data"}, "stream": {"url": stream_url, "partitions": 4}}
    )
    log = open_log(settings)
    ensure_topics(settings, log)
    role = stage_role("tag", settings)
    made: Callable[[bool], Role] = lambda fixed: replace(role, stage=TagStage(_Model(fixed)))  # noqa: E731
    yield log, made, Command(tmp_path / "data", stated)
    log.close()


@pytest.mark.slow
@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=MANY)])
def test_nine_tenths_pass_and_the_rest_waits_on_dead_and_comes_back_after_a_fix(place, count):
    log, role, themewire = place
    titles = ["poison" if n % 10 == 3 else "plain" for n in range(count)]
    put(log, [item(n, title) for n, title in enumerate(titles)])
    work_off(log, role(False))
    assert tagged(log) == Counter(f"plain {n}" for n, title in enumerate(titles) if title == "plain")
    listed = themewire.does("dead", "list", "--json").lines
    assert len(listed) == len({line["origin"] for line in listed}) == count // 10
    assert {(line["stage"], line["error"]) for line in listed} == {("tag", "ZeroDivisionError: a defect")}
    shown = themewire.does("dead", "show", listed[0]["origin"]).json
    assert shown["value"].startswith("{")
    assert themewire.does("dead", "requeue", "--all").out == f"{count // 10} records requeued\n"
    work_off(log, role(True))
    assert tagged(log) == Counter(f"{title} {n}" for n, title in enumerate(titles))
    assert all(line["requeued_at"] for line in themewire.does("dead", "list", "--json").lines)
    assert themewire.does("dead", "requeue", "--all").out == "0 records requeued\n"


@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=MANY)])
def test_a_backlog_comes_through_once_over_restarts(place, count):
    log, role, _ = place
    put(log, [item(n, "plain") for n in range(count)])
    work_off(log, role(True))
    assert tagged(log) == Counter(f"plain {n}" for n in range(count))
    assert not read_all(log, "dead")
