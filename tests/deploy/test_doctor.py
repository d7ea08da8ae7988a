"""The doctor says of each thing that it is well or what to do, whatever is broken, and never tells a secret."""

import contextlib
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.doctor import CHECKS, Finding, examine
from deploy.doctor.streams import MAIN_INPUTS
from deploy.running.first_day import feed_id
from deploy.running.wiring import ROLES
from deploy.settings.locations import clock, ensure_topics, index_path, open_log
from deploy.settings.model import Settings
from stream.index.session import open_index
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import STAGES
from stream.records import Dead, Destination, Feed, Subscription, encode
from stream.sqlite import SqliteLog
from tests.deploy.command import Command
from tests.stream.index.test_search import Index

CANARY = "c4n4ry"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"data": {"dir": tmp_path / "data"}, "classify": {"encoder": "characters"}})


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    opened = open_log(settings)
    ensure_topics(settings, opened)
    yield opened
    opened.close()


def found(settings: Settings, log: Log | None, check: str) -> list[Finding]:
    assert check in CHECKS
    return list(examine(settings, log, (check,)))


def to_do(settings: Settings, log: Log | None, check: str) -> str:
    """What there is to do, which is one thing."""
    (finding,) = found(settings, log, check)
    assert not finding.ok, finding
    assert finding.check == check
    return finding.text


def fine(settings: Settings, log: Log | None, check: str) -> str:
    (finding,) = found(settings, log, check)
    assert finding.ok, finding
    return finding.text


def feed(host: str) -> Out:
    url = f"https://u:{CANARY}@{host}/feed?token={CANARY}"
    return Out("feeds", feed_id(url), encode(Feed(id=feed_id(url), url=url)))


def subscription(kind: str, address: str, **options: str) -> Out:
    made = Subscription(id="team", revision=1, themes=("standards",), channel=Destination(kind, address, options))
    return Out("subscriptions", made.id, encode(made))


def test_before_the_first_start_nothing_is_made_and_nothing_is_wrong_but_what_is_to_be_set_up(settings):
    said = {each.check: each for each in examine(settings, None)}
    assert all(each.ok for each in said.values()), said
    assert "run` makes it" in said["stream"].text
    assert not settings.data.dir.exists()


def test_every_stage_has_a_main_input():
    assert sorted(MAIN_INPUTS) == sorted(set(STAGES) - {"index"})
    assert set(MAIN_INPUTS) < set(ROLES)


def test_the_disk(settings, monkeypatch, tmp_path):
    assert "can be written" in fine(settings, None, "disk")
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=usage.total // 20))
        assert "free some space" in to_do(settings, None, "disk")
    (tmp_path / "data").write_text("a file in the folder's place")
    assert "cannot be written" in to_do(settings, None, "disk")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_packages_that_are_pinned(settings, monkeypatch):
    assert "Python" in fine(settings, None, "versions")
    monkeypatch.setattr("deploy.doctor.machine.version", lambda name: "0.0.1")  # importlib's
    assert "kafka-python is 0.0.1 and must be" in to_do(settings, None, "versions")


def test_the_stream_and_its_partitions(settings, log):
    assert "has all" in fine(settings, log, "stream")
    other = Settings.model_validate({"data": {"dir": settings.data.dir}, "stream": {"partitions": 3}})
    assert "12 partitions and stream.partitions asks for 3" in to_do(other, log, "stream")


@pytest.mark.parametrize("damaged", [slice(-40_000, None), slice(100, 4096)], ids=["rows", "schema"])
def test_a_damaged_stream(settings, log, damaged):
    log.append([Out("items", f"i{n}", b"x" * 2000) for n in range(200)])
    log.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = settings.data.dir / "stream.db"
    data = bytearray(path.read_bytes())
    data[damaged] = b"\xa5" * len(data[damaged])
    path.write_bytes(data)
    assert "restore` a backup" in to_do(settings, log, "stream")


def test_a_clock_that_is_behind(settings, log):
    assert isinstance(log, SqliteLog)
    log.append([Out("items", "i", b"{}")])
    assert found(settings, log, "clock")[0].ok
    with log.database.transaction() as db:
        db.execute("UPDATE record SET timestamp = ?", (clock() + 7_200_000,))
    assert "behind the newest record's by 2 h" in to_do(settings, log, "clock").replace("120 min", "2 h")


def test_names(settings, log, monkeypatch):
    assert "no feed yet" in fine(settings, log, "DNS")
    log.append([feed("one.example"), feed("two.example"), feed("192.0.2.1")])
    asked: list[str] = []

    def refuse(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror("no")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert "check the machine's DNS" in to_do(settings, log, "DNS")
    assert sorted(asked) == ["one.example", "two.example"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: [] if host == "one.example" else refuse(host))
    assert "1 of 2 names" in fine(settings, log, "DNS")


def test_feeds(settings, log):
    assert "there are no feeds" in to_do(settings, log, "feeds")
    log.append([feed("one.example")])
    assert "1 feed" in fine(settings, log, "feeds")


def test_that_most_feeds_have_never_been_read_is_a_finding(settings, log):
    never = [Feed(id=name, url=f"https://{name}.example/", unverified=True) for name in ("a", "b")]
    log.append([Out("feeds", each.id, encode(each)) for each in never])
    with contextlib.closing(open_index(index_path(settings))) as database:
        Index(database).take(*(Out("feeds", each.id, encode(each)) for each in never))
    assert "most of 2 feeds have never been read" in to_do(settings, log, "feeds")


def test_channels_are_told_by_subscription_and_reference(settings, log, monkeypatch):
    log.append([subscription("webhook", "https://r.example/", secret="env:DOCTOR_TEST_SECRET")])
    assert fine(settings, log, "groups") == "nothing waits"
    monkeypatch.delenv("DOCTOR_TEST_SECRET", raising=False)
    said = to_do(settings, log, "channels")
    assert said.startswith("team: ")
    assert "env:DOCTOR_TEST_SECRET" in said
    monkeypatch.setenv("DOCTOR_TEST_SECRET", CANARY)
    assert "1 subscription" in fine(settings, log, "channels")


def test_dead_records_wait_until_they_are_sent_round_again(settings, log):
    assert "no dead record" in fine(settings, log, "dead")
    dead = Dead(stage="tag", topic="items", partition=0, offset=1, key="k", value=b"", error="E", at=1, traceback="")
    log.append([Out("dead", "items/0/1", encode(dead))])
    assert "tag 1" in to_do(settings, log, "dead")
    again = Dead(**{name: getattr(dead, name) for name in dead.__struct_fields__} | {"requeued_at": 5})
    log.append([Out("dead", "items/0/1", encode(again))])
    assert "no dead record" in fine(settings, log, "dead")


def test_a_check_that_breaks_is_a_finding_and_hides_no_other(settings, monkeypatch):
    def breaks(*_: object) -> Iterator[Finding]:
        raise RuntimeError(CANARY)
        yield

    monkeypatch.setitem(CHECKS, "disk", breaks)  # a check of this test's own
    said = list(examine(settings, None, ("disk", "versions")))
    assert [each.ok for each in said] == [False, True]
    assert CANARY not in said[0].text


@pytest.mark.slow
def test_no_secret_is_told_and_the_status_says_whether_there_is_something_to_do(themewire, tmp_path):
    (tmp_path / "token").write_text(CANARY)
    set_up = Command(
        themewire.data,
        {
            **themewire.settings,
            "mail.password": CANARY,
            "mail.host": "127.0.0.1",
            "web.token": CANARY,
            "web.links_secret": CANARY * 3,
            "fetch.proxy": f"http://u:{CANARY}@127.0.0.1:1",
        },
    )
    first = set_up("doctor")
    assert first.status == 0, first.out
    set_up.does("feeds", "list")
    log = SqliteLog(set_up.data / "stream.db")
    log.append([feed("127.0.0.1"), subscription("apprise", f"env:{CANARY.upper()},file:{tmp_path / 'token'}")])
    log.close()
    told = set_up("doctor")
    assert told.status == 1
    assert told.err.splitlines()[-1].startswith("themewire: ")
    machine = set_up("doctor", "--json")
    assert [line["check"] for line in machine.lines if not line["ok"]] == ["channels"]
    for text in (first.out, first.err, told.out, told.err, machine.out, machine.err):
        assert CANARY not in text


@pytest.mark.kafka
def test_on_kafka_rights_and_topics_are_looked_at(tmp_path, kafka_url):
    made = Settings.model_validate(
        {
            "data": {"dir": tmp_path},
            "stream": {"url": kafka_url, "partitions": 2},
            "kafka": {"prefix": "doctor."},
            "classify": {"encoder": "characters"},
        }
    )
    log = open_log(made)
    try:
        ensure_topics(made, log)
        said = {each.check: each for each in examine(made, log, ("stream", "rights", "clock", "groups", "dead"))}
        assert all(each.ok for each in said.values()), said
        assert said["rights"].text == "this user has the rights of every role"
    finally:
        log.close()


@pytest.mark.kafka
def test_topics_that_are_missing_on_kafka_are_told(tmp_path, broker):
    from deploy.doctor.streams import stream
    from stream.kafka import KafkaLog

    log = KafkaLog(broker.bootstrap, prefix="none.")
    made = Settings.model_validate({"data": {"dir": tmp_path}, "stream": {"url": broker.url}})
    try:
        (said,) = stream(made, log)
        assert not said.ok
    finally:
        log.close()
