"""Canaries in processes of their own, on both backends: they come back, nobody sees one, and their rule fires.

The rule is asked of a real Prometheus, with its own seconds divided by `QUICKER`, as the canary's interval is.
"""

import json
import os
import re
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import deploy
from deploy.settings.locations import ensure_topics, open_log
from deploy.settings.model import Settings
from seeds.canary import load_canary
from stream.log.records import Out
from stream.log.topics import alerts_topic
from stream.records import Feed, encode
from tests.deploy.command import Command
from tests.e2e.installation import Run
from tests.kafka_broker import free_ports
from tests.ledger import THEMES
from tests.stream.backends import read_all, until

INTERVAL = 2  # seconds between canaries, where the setting's default is 300
QUICKER = 150
RULE = "ThemewireCanaryMissing"
SEEN = ("feeds", "items", "polls", "tagged", "candidates", "subscriptions", "outbox", "deliveries", "labels", "dead")


class Place:
    """An installation with all that ships: the model, and what canaries say; `apart`, in several processes."""

    def __init__(self, folder: Path, url: str, apart: bool) -> None:
        web, canary = free_ports(2)
        stated = {
            "stream.url": url,
            "stream.partitions": "2",
            "web.listen": f"127.0.0.1:{web}",
            "canary.interval": str(INTERVAL),
        }
        if apart:
            stated["canary.listen"] = f"127.0.0.1:{canary}"
        self.folder = folder
        self.web = f"127.0.0.1:{web}"
        self.command = Command(folder / "data", stated)
        self.log = open_log(Settings.model_validate({"stream": {"url": url}}))
        ensure_topics(Settings.model_validate({"stream": {"url": url, "partitions": 2}}), self.log)
        paused = Feed(id="paused", url="https://example.org/feed", paused=True)  # or the default feeds would be polled
        self.log.append([Out("feeds", paused.id, encode(paused))])

    @contextmanager
    def running(self, *roles: str) -> Iterator[Run]:
        """`themewire run` within; where roles are apart, those with `web` have the metrics."""
        apart = {} if not roles or "web" in roles else {"web.listen": ""}
        command = replace(self.command, settings={**self.command.settings, **apart})
        run = Run(command, roles, (self.folder / f"run-{'-'.join(roles)}.log").open("ab"))
        try:
            yield run
        finally:
            run.kill()

    def metrics(self) -> dict[str, float]:
        """What `/metrics` says, by series; nothing while nobody answers."""
        with suppress(OSError), urllib.request.urlopen(f"http://{self.web}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
            return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}
        return {}

    def delivered(self) -> dict[str, float]:
        """How many canaries of each theme have come back."""
        found = self.metrics()
        return {t: found.get(f'themewire_canary_delivered_total{{theme="{t}"}}', 0.0) for t in THEMES}

    def nobody_saw_one(self) -> None:
        """Only what was there before is on any topic, in any list, and in any count but the canary's own."""
        topics = [*SEEN, *map(alerts_topic, THEMES)]
        assert [(record.topic, record.key) for record in read_all(self.log, *topics)] == [("feeds", "paused")]
        assert {json.loads(r.value)["kind"] for r in read_all(self.log, "events")} == {"model promoted"}
        assert [feed["id"] for feed in self.command.does("feeds", "list", "--json").json] == ["paused"]
        assert self.command.does("subscriptions", "list", "--json").json == []
        counted = re.compile(
            r"themewire_(polls|entries|items|item_|alerts_total|deliver|balance_.*(entries|items|candid))"
        )
        assert not {name: value for name, value in self.metrics().items() if counted.match(name) and value}
        for path in (f"/alerts/{theme}.atom" for theme in THEMES):
            with urllib.request.urlopen(f"http://{self.web}{path}", timeout=20) as answer:
                assert b"<entry" not in answer.read()


@contextmanager
def installed(*of: Any) -> Iterator[Place]:
    made = Place(*of)
    try:
        yield made
    finally:
        made.log.close()


def paced(*alive: Callable[[], None]) -> Callable[[], None]:
    """A step that looks whether all live, twice a second: over HTTP there is no event to wait for."""

    def step() -> None:
        for each in alive:
            each()
        threading.Event().wait(0.5)

    return step


def test_canaries_of_every_theme_come_back_in_each_wording_and_nobody_sees_one(tmp_path, stream_url):
    apart = stream_url.startswith("kafka")
    with installed(tmp_path, stream_url, apart) as place, place.running() as run:
        until(lambda: min(place.delivered().values()) >= max(map(len, load_canary().values())), paced(run.alive))
        place.nobody_saw_one()
        assert run.terminate(20) == 0


class Prometheus:
    """A Prometheus of one's own that scrapes one address every second and knows one rule."""

    def __init__(self, folder: Path, scraped: str, rule: dict[str, Any]) -> None:
        program = shutil.which("prometheus")
        if program is None:
            missing = "No Prometheus is installed: the package `prometheus` has it."
            pytest.fail(missing, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(missing)
        [port] = free_ports(1)
        self.base = f"http://127.0.0.1:{port}"
        every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        jobs = [{"job_name": "themewire", "static_configs": [{"targets": [scraped]}]}]
        folder.mkdir()
        (folder / "rules.json").write_text(json.dumps({"groups": [{"name": "canary", "rules": [rule]}]}))
        config = {"global": every, "rule_files": ["rules.json"], "scrape_configs": jobs}
        (folder / "prometheus.json").write_text(json.dumps(config))  # JSON is YAML
        self._log = (folder / "prometheus.log").open("wb")
        self._process = subprocess.Popen(
            [
                program,
                f"--config.file={folder / 'prometheus.json'}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=self._log,
            stderr=self._log,
        )

    def alive(self) -> None:
        assert self._process.poll() is None, Path(self._log.name).read_text()

    def firing(self) -> set[str]:
        """The themes for which the rule fires."""
        return {alert["labels"]["theme"] for alert in self._get("alerts")["alerts"] if alert["state"] == "firing"}

    def scraped(self) -> bool:
        """Whether it could read the metrics last time: of what is not scraped no rule says anything."""
        return [series["value"][1] for series in self._get("query?query=up")["result"]] == ["1"]

    def _get(self, path: str) -> dict[str, Any]:
        with suppress(OSError), urllib.request.urlopen(f"{self.base}/api/v1/{path}", timeout=20) as answer:
            return json.loads(answer.read())["data"]
        return {"alerts": [], "result": []}  # it is not there yet

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


def rule() -> dict[str, Any]:
    """The rule that ships, with all its times divided by `QUICKER`."""
    groups = [
        group
        for path in sorted((Path(deploy.__file__).parent / "prometheus" / "rules").glob("*.yml"))
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
        if isinstance(document, dict)
        for group in document.get("groups", [])
    ]
    [found] = [rule for group in groups for rule in group["rules"] if rule.get("alert") == RULE]
    return {**found, "expr": _quicker(found["expr"]), "for": _quicker(found.get("for", "0s"))}


def _quicker(text: str) -> str:
    spans = re.sub(r"\b(\d+)([smh])\b", lambda m: f"{_less(int(m[1]) * UNITS[m[2]])}s", text)
    return re.sub(r"(?<![\w.])(\d{3,})(?![\w.])", lambda m: str(_less(int(m[1]))), spans)


def _less(seconds: int) -> int:
    return max(1, seconds // QUICKER) if seconds else 0


UNITS = {"s": 1, "m": 60, "h": 3600}


@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)  # what it asks is the same on both
def test_the_rule_fires_while_the_tagger_is_stopped_and_clears_once_it_runs_again(tmp_path, stream_url):
    with installed(tmp_path, stream_url, True) as place:
        prometheus = Prometheus(tmp_path / "prometheus", place.web, rule())
        try:
            _stop_and_start_the_tagger(place, prometheus)
        finally:
            prometheus.close()


def _stop_and_start_the_tagger(place: Place, prometheus: Prometheus) -> None:
    with place.running("collect", "story", "match", "deliver", "web") as others:
        step = paced(others.alive, prometheus.alive)
        with place.running("tag") as tagger:
            until(lambda: min(place.delivered().values()) >= 1 and not prometheus.firing(), step)
            assert tagger.terminate(20) == 0
        until(lambda: prometheus.firing() == set(THEMES), step)
        with place.running("tag"):
            until(lambda: prometheus.scraped() and not prometheus.firing(), step)
        place.nobody_saw_one()
