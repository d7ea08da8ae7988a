"""A role is ready when it is at work, and not because nothing has failed that it knows of."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from deploy.running.readiness import LOOK_SECONDS, STALLED_SECONDS, Watcher, forget_status, read_status, write_status
from stream.log.port import Lag, Log, LogError
from stream.log.records import Out
from stream.log.topics import Topic
from stream.sqlite import SqliteLog
from tests.e2e.installation import Run
from tests.kafka_broker import Broker, free_ports
from tests.stream.backends import until


@dataclass
class Role:
    """A role as the watcher sees it."""

    name: str = "s"
    inputs: tuple[str, ...] = ("in",)
    passed: int = 0
    trouble: str = ""


@dataclass
class AwayLog:
    """A stream that can be away."""

    log: Log
    away: bool = field(default=False)

    def lag(self, stage: str, inputs) -> Lag:
        if self.away:
            raise LogError("the stream does not answer")
        return self.log.lag(stage, inputs)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AwayLog]:
    made = SqliteLog(tmp_path / "stream.db")
    made.ensure([Topic("in", 1, "delete", None, "k", "")])
    yield AwayLog(made)
    made.close()


@pytest.fixture
def watching(log):
    role = Role()
    watcher = Watcher([role], log)
    yield role, watcher
    watcher.close()


def test_records_that_wait_for_a_minute_while_none_is_passed_are_a_stall(log, watching, caplog):
    role, watcher = watching
    log.log.append([Out("in", "k", b"1"), Out("in", "k", b"2")])
    watcher.look(0.0)
    watcher.look(STALLED_SECONDS - 1)
    assert watcher.why_not() == {"s": ""}
    watcher.look(STALLED_SECONDS)
    watcher.look(STALLED_SECONDS + 1)
    assert watcher.why_not() == {"s": "2 records waiting, and none processed for 61 s"}
    role.passed += 1
    watcher.look(STALLED_SECONDS + 2)
    assert watcher.why_not() == {"s": ""}
    assert [entry.levelname for entry in caplog.records] == ["ERROR", "WARNING"]  # once when it begins, once at its end


def test_a_role_for_which_nothing_waits_may_rest_for_ever(watching):
    _, watcher = watching
    watcher.look(0.0)
    watcher.look(1e9)
    assert watcher.why_not() == {"s": ""}


def test_what_a_role_knows_comes_before_what_is_seen_and_an_outage_is_seen(log, watching):
    role, watcher = watching
    log.away = True
    watcher.look(0.0)
    assert watcher.why_not() == {"s": "the stream does not answer"}
    role.trouble = "it pauses: the disk is full"
    assert watcher.why_not() == {"s": "it pauses: the disk is full"}
    role.trouble, log.away = "", False
    watcher.look(LOOK_SECONDS)
    assert watcher.why_not() == {"s": ""}


def test_a_child_is_believed_for_as_long_as_it_speaks(tmp_path):
    assert read_status(tmp_path, "tag", 0.0) == "it has not started yet"
    write_status(tmp_path, {"tag": "it pauses", "match": ""})
    at = json.loads((tmp_path / "tag.status").read_text())["at"]
    assert [read_status(tmp_path, role, at + 1) for role in ("tag", "match")] == ["it pauses", ""]
    assert "not reported for 90 s" in read_status(tmp_path, "match", at + 90)
    forget_status(tmp_path, "tag")
    assert read_status(tmp_path, "tag", at) == "it has not started yet"


def answer_of(port: int) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {}


@pytest.fixture
def own_broker(broker: Broker) -> Iterator[Broker]:
    """A stream of the settings has all of a broker; where there is no Java, the other one says so."""
    made = Broker()
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.kafka
def test_a_parent_is_ready_when_its_children_are_and_not_without_broker_or_topics(themewire, own_broker, tmp_path):
    (port,) = free_ports(1)
    own = {"stream.url": own_broker.url, "stream.partitions": "2", "web.listen": f"127.0.0.1:{port}"}
    command = replace(themewire, settings={**themewire.settings, **own})
    with ExitStack() as stack:
        run = Run(command, ["match", "deliver"], stack.enter_context((tmp_path / "run.log").open("ab")))
        stack.callback(run.kill)
        until(lambda: answer_of(port)[0] == 200, run.alive)
        with own_broker.suspended():
            until(lambda: answer_of(port)[0] == 503, run.alive)
            assert "Kafka does not answer" in str(answer_of(port)[1]["why"])
        until(lambda: answer_of(port)[0] == 200, run.alive)
        with KafkaAdminClient(bootstrap_servers=own_broker.bootstrap) as admin:
            admin.delete_topics(["outbox"])
        until(lambda: "outbox" in str(answer_of(port)[1].get("why")), run.alive)  # the outage may be told once more
        assert answer_of(port)[0] == 503
        assert run.terminate(15) == 0
