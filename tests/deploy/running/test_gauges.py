"""What a process finds out when its metrics are read: of the roles that it runs, and of the children that it has."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, generate_latest

from deploy.running.gauges import collectors
from deploy.running.supervisor import Gathered
from deploy.running.wiring import ROLES, role
from deploy.settings.locations import clock, ensure_topics, open_log
from deploy.settings.model import Settings
from stream.log.records import Out
from stream.records import Destination, ModelRecord, Subscription, encode
from stream.sqlite import SqliteLog
from stream.units import DAY


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"data": {"dir": tmp_path / "data"}})


@pytest.fixture
def log(settings: Settings) -> Iterator[SqliteLog]:
    made = open_log(settings)
    ensure_topics(settings, made)
    yield made
    made.close()


def registry_of(settings: Settings, log: SqliteLog, *roles: str) -> CollectorRegistry:
    made = CollectorRegistry()
    for collector in collectors(settings, log, roles, lambda: {name: role(name, settings).inputs for name in roles}):
        made.register(collector)
    return made


def test_subscriptions_are_counted_by_their_state_as_it_is_now(settings, log):
    registry = registry_of(settings, log, "match")
    wish = Subscription(
        id="a",
        revision=1,
        themes=("t",),
        threshold=0,
        updates=True,
        channel=Destination("webhook", "http://127.0.0.1/"),
    )

    def states() -> list[float | None]:
        names = ("active", "muted", "ended")
        return [registry.get_sample_value("themewire_subscriptions", {"state": state}) for state in names]

    assert states() == [0, 0, 0]
    muted, was = replace(wish, muted_until=clock() + DAY), replace(wish, muted_until=clock() - 1)
    told = {"a": wish, "b": muted, "c": replace(wish, ended="gone"), "d": was, "e": wish}
    log.append([Out("subscriptions", name, encode(each)) for name, each in told.items()])
    log.append([Out("subscriptions", "odd", b"no subscription: who matches says so")])
    assert states() == [3, 1, 1]
    log.append([Out("subscriptions", "e", None)])
    assert states() == [2, 1, 1]


def test_only_the_model_that_serves_is_shown(settings, log):
    registry = registry_of(settings, log, "tag")
    assert registry.get_sample_value("themewire_model_promoted_timestamp_seconds") is None
    model = ModelRecord(id="m-1", data=b"x" * 1000, training_hash="", weights_hash="", promoted_at=2000)
    shown = {"m-1": model, "m-2": replace(model, id="m-2", promoted_at=5000), "m-3": replace(model, promoted_at=0)}
    log.append([Out("models", name, encode(replace(each, id=name))) for name, each in shown.items()])
    assert registry.get_sample_value("themewire_model_info", {"model": "m-2"}) == 1
    assert registry.get_sample_value("themewire_model_info", {"model": "m-1"}) is None
    assert registry.get_sample_value("themewire_model_promoted_timestamp_seconds") == 5
    log.append([Out("models", "m-2", encode(replace(model, id="m-2", promoted_at=0)))])
    assert registry.get_sample_value("themewire_model_info", {"model": "m-1"}) == 1


def test_each_role_has_what_is_its_own_and_the_machine_is_told_by_all(settings, log):
    shown = {name: generate_latest(registry_of(settings, log, name)).decode() for name in ROLES}
    of_role = {"feeds{": "index", "feeds_overdue": "index", "subscriptions{": "match"}
    for metric, owner in of_role.items():
        assert {name for name, text in shown.items() if f"\nthemewire_{metric}" in text} == {owner}
    for name, text in shown.items():
        assert "\nthemewire_disk_free_bytes" in text
        assert "\nthemewire_stream_size_bytes" in text
        assert "\nthemewire_build_info{" in text
        assert (f'stage_lag_seconds{{stage="{name}"}} 0.0' in text) == (name not in ("index", "train"))


def test_what_waits_is_told_in_records_and_in_seconds(settings, log):
    registry = registry_of(settings, log, "tag")
    log.append([Out("items", "k", b"1"), Out("items", "k", b"2")])
    records, seconds = (
        registry.get_sample_value(f"themewire_stage_lag_{unit}", {"stage": "tag"}) for unit in ("records", "seconds")
    )
    assert records == 2
    assert seconds is not None
    assert 0 <= seconds < 60


def test_a_stream_that_cannot_be_asked_fails_no_scrape(settings, log):
    registry = registry_of(settings, log, *ROLES)
    with log.database.transaction() as db:
        db.execute("DROP TABLE group_offset")
        db.execute("DROP TABLE log_end")
    text = generate_latest(registry).decode()
    assert "\nthemewire_disk_free_bytes" in text
    assert "\nthemewire_stage_lag_records{" not in text


def test_what_retention_has_deleted_is_counted(settings, log):
    registry = registry_of(settings, log, "collect")
    log.append([Out("models", "m", b"1"), Out("models", "m", b"2")])
    log.prune(clock())
    assert registry.get_sample_value("themewire_retention_deleted_records_total") == 1


CHILD = """
from prometheus_client import CollectorRegistry
from stream.ops.metrics import Metrics
from stream.ops.metrics.catalogue import STAGE_UP
metrics = Metrics(CollectorRegistry())
metrics.begin("tag")
metrics[STAGE_UP].labels("tag").set(1)
metrics.fenced("tag")
print("counted", flush=True)
input()
"""


def test_children_are_gathered_and_a_role_whose_process_has_died_is_not_up(tmp_path):
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "counted\n"
        registry = CollectorRegistry()
        registry.register(Gathered(tmp_path, lambda: {"tag": child.pid, "story": None}))

        def up(stage: str) -> float | None:
            return registry.get_sample_value("themewire_stage_up", {"stage": stage})

        assert (up("tag"), up("story")) == (1, 0)
        assert registry.get_sample_value("themewire_commits_fenced_total", {"stage": "tag"}) == 1
        for name in ("supervisor", "tag"):
            assert registry.get_sample_value("process_resident_memory_bytes", {"role": name})
        assert registry.get_sample_value("process_resident_memory_bytes", {"role": "story"}) is None
    finally:
        child.communicate("\n")
