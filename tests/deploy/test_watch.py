"""What is started beside the demo, and what is said where nothing can be; a live run is in `grafana/test_live.py`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.watch import Places, companions

WHERE = Places("127.0.0.1:8080", "127.0.0.1:9090", "127.0.0.1:9093", "127.0.0.1:3000", 5)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The only programs that are installed; returns a way to install one more."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name: str, does: str = "") -> None:
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)

    return install


def test_what_is_not_installed_is_not_started(programs, tmp_path):
    assert [each.name for each in companions(WHERE, tmp_path)] == ["themewire"]
    programs("prometheus")
    programs("alertmanager")
    assert [each.name for each in companions(WHERE, tmp_path)] == ["themewire", "prometheus", "alertmanager"]


@pytest.mark.parametrize(("program", "begins"), [("grafana", ["server"]), ("grafana-server", [])])
def test_grafana_is_given_all_that_the_provisioning_asks_for(programs, tmp_path, program, begins):
    programs(program)
    (grafana,) = [each for each in companions(WHERE, tmp_path) if each.name == "grafana"]
    assert [word for word in grafana.line[1:] if not word.startswith("--")] == begins
    provisioning = Path(grafana.environ["GF_PATHS_PROVISIONING"])
    texts = [path.read_text(encoding="utf-8") for path in provisioning.glob("*/*.yaml")]
    wanted = {name for text in texts for name in re.findall(r"\$([A-Z]\w+)", text)}
    assert wanted == {"PROMETHEUS_URL", "SCRAPE_INTERVAL", "THEMEWIRE_DASHBOARDS"}
    assert wanted <= grafana.environ.keys()
    assert list(Path(grafana.environ["THEMEWIRE_DASHBOARDS"]).glob("themewire-*.json"))
    assert Path(grafana.environ["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]).exists()


def test_docker_brings_what_is_not_installed_and_takes_it_away_again(programs, tmp_path):
    programs("docker", f'echo "$@" >> {tmp_path}/asked')
    ended = subprocess.run([sys.executable, "-m", "deploy.watch"], env={**os.environ}, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n"), ended.stderr[:8]) == (0, 1, "Look at ")
    up, down = (tmp_path / "asked").read_text().splitlines()[1:]
    assert up.endswith("--profile embedded up --build")
    assert down == up.removesuffix("up --build") + "down --volumes"
    assert Path(up.split()[up.split().index("--file") + 3]).name == "compose.demo.yaml"


def test_docker_that_does_not_run_is_as_none(programs):
    programs("docker", "exit 1")
    ended = subprocess.run([sys.executable, "-m", "deploy.watch"], env={**os.environ}, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: install prometheus")


def test_one_sentence_says_what_to_install(programs):
    line = [sys.executable, "-m", "deploy.watch"]
    ended = subprocess.run(line, env={**os.environ}, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: install prometheus")
    assert ended.stderr.count("\n") == 1
