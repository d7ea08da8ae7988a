"""What a live run shows at /metrics, on both backends: all that is declared and nothing else, in bounds, and true."""

import re
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from deploy.running.supervisor import PARENT
from deploy.running.wiring import ROLES
from deploy.settings.locations import index_path
from deploy.settings.model import Settings
from stream.index.feed_states import update_feed_states
from stream.index.session import open_index
from stream.log.records import Change
from stream.ops.metrics import CATALOGUE
from stream.records import Feed, Poll, encode
from tests.e2e.installation import Installation, installation
from tests.kafka_broker import free_ports
from tests.ledger import THEMES, Ledger
from tests.stream.backends import until

MANY = 10_000
MOST_SERIES = 2_000
DECLARED = {metric.full.removesuffix("_total"): metric for metric in CATALOGUE}
LIBRARY = ("process_", "python_")
EMBEDDED = {"stream_size_bytes", "retention_deleted_records"}  # shown where the stream is a file
RARE = {"model_drift"}  # known once a thousand items were judged


def test_a_live_run_shows_what_is_declared_and_no_more_series_for_ten_thousand_feeds(tmp_path, stream_url, cache):
    ledger = Ledger()
    ledger.grow(5)
    with installation(tmp_path, stream_url, cache, ledger) as made:
        place, address = _with_metrics(made)
        place.follow_ledger()
        _index_many(Settings.model_validate({"data": {"dir": place.command.data}, "stream": {"url": stream_url}}))
        with place.running() as run:
            place.seen.wait(lambda seen: len(seen.values("tagged")) >= 5, run.alive)
            ledger.grow(5)
            place.seen.wait(lambda seen: len(seen.values("deliveries")) >= 4, run.alive)
            place.command.does("label", "add", place.seen.values("items")[0]["id"], "--is-not", "standards")
            scrape = Scrape(address)
            until(lambda: not scrape.unlike(_DONE), lambda: (run.alive(), scrape.again()))
            assert all(scrape.sum("commits_total", stage=stage) > 0 for stage in ROLES if stage != "train")
            assert scrape.sum("poll_received_bytes_total") > 0
            kafka = stream_url.startswith("kafka")
            _check_declared(scrape, missing=EMBEDDED if kafka else set(), own={"role"} if kafka else set())
            assert sum(len(family.samples) for family in scrape.families) < MOST_SERIES
            _check_by_promtool(scrape.text)
            assert run.terminate(20) == 0


class Scrape:
    """What `/metrics` said last."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.again()

    def again(self) -> None:
        with urllib.request.urlopen(self._address, timeout=20) as answer:
            self.text = answer.read().decode()
        self.families: list[Metric] = list(text_string_to_metric_families(self.text))

    def sum(self, name: str, **labels: str) -> float:
        """Of all series of this sample that have these labels."""
        return sum(
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == f"themewire_{name}" and labels.items() <= sample.labels.items()
        )

    def unlike(self, expected: Mapping[str, float]) -> dict[str, float]:
        """What it says otherwise, by sample as `name` or `name{label="value"}`, of which all series are added up."""
        told: dict[str, float] = {}
        for name in expected:
            bare, _, labels = name.rstrip("}").partition("{")
            told[name] = self.sum(bare, **dict(_PAIR.findall(labels)))
        return {name: value for name, value in told.items() if value != expected[name]}


_PAIR = re.compile(r'(\w+)="([^"]*)"')
_DONE = {
    'alerts_total{kind="new"}': 4,
    'deliveries_total{channel="webhook",outcome="delivered"}': 4,
    'alert_latency_seconds_count{span="first_seen_to_tagged"}': 4,
    'alert_latency_seconds_count{span="first_seen_to_delivered"}': 4,
    "alert_independent_sources_count": 4,
    'entries_total{fate="new"}': 10,
    'item_dates_total{quality="missing"}': 10,
    "item_probability_count": 10 * len(THEMES),
    'labels_total{theme="standards",verdict="no"}': 1,
    'subscriptions{state="active"}': 1,
    "model_info": 1,
    "stage_up": len(ROLES),
    "partitions_owned": 4 * 4 + 2,
    "feeds": MANY + 1,
    "feeds_overdue": MANY,
    "stage_lag_records": 0,
    "stage_lag_seconds": 0,
    "deliveries_pending": 0,
    "delivery_oldest_pending_seconds": 0,
    "dead_records_total": 0,
}


def _check_declared(scrape: Scrape, missing: set[str], own: set[str]) -> None:
    """Each series is declared, with labels of closed lists; and each of the declared is there."""
    for family in scrape.families:
        assert family.documentation.strip(), family.name
        if family.name.startswith(LIBRARY):
            roles = {sample.labels.get("role", PARENT) for sample in family.samples}
            assert roles <= {PARENT, *ROLES}, family.name
            continue
        declared = DECLARED[family.name]
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            assert labels.keys() == declared.labels.keys(), sample
            for name, value in labels.items():
                values = declared.labels[name]
                assert value in values.of(THEMES) or values.one, sample
    shown = {family.name for family in scrape.families if family.samples}
    expected = {f"themewire_{m.name}" for m in CATALOGUE if m.by != ("canary",) and m.name not in missing | RARE}
    assert expected <= shown, expected - shown
    assert {"process_start_time_seconds", "process_resident_memory_bytes", "python_info"} <= shown


def _check_by_promtool(text: str) -> None:
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _with_metrics(place: Installation) -> tuple[Installation, str]:
    (port,) = free_ports(1)
    command = replace(place.command, settings={**place.command.settings, "web.listen": f"127.0.0.1:{port}"})
    return replace(place, command=command), f"http://127.0.0.1:{port}/metrics"


def _index_many(settings: Settings) -> None:
    """As if so many feeds had been polled before."""
    with closing(open_index(index_path(settings))) as database, database.transaction() as db:
        changes = []
        for number in range(MANY):
            name = f"many{number}"
            wish = Feed(id=name, url=f"https://example.org/{name}")
            poll = Poll(feed=name, url=wish.url, title="", at=1, outcome="ok", error=None, state="healthy", next_poll=1)
            changes += [Change("feeds", name, encode(wish)), Change("polls", name, encode(poll))]
        rows = [(change.table, change.key, change.value) for change in changes]
        db.executemany("INSERT INTO row VALUES (?, ?, ?)", rows)
        update_feed_states(db, changes)
