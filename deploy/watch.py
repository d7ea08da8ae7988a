"""`make watch`: the demo, with Prometheus, Alertmanager and Grafana beside it, in a passing folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from deploy.running.until_stopped import until_stopped

__all__ = ["Companion", "companions", "main"]

HERE = Path(__file__).parent
COMPOSE = ("compose.yaml", "compose.demo.yaml")
READY_WITHIN = 120.0  # seconds; a first start of Grafana prepares its database
ENDS_WITHIN = 20.0
Process = subprocess.Popen[bytes]
OVERVIEW = "d/themewire-overview?from=now-15m"
GRAFANA_HOME = "/usr/share/grafana"


@dataclass(frozen=True)
class Companion:
    """A program beside the demo: how it is started, and where it says that it is ready."""

    name: str
    line: Sequence[str]
    ready: str
    environ: Mapping[str, str] = field(default_factory=dict)


class Failed(click.ClickException):
    """What could not be brought up, in one sentence."""


@click.command()
@click.option("--themewire", default="127.0.0.1:8080", show_default=True, help="Where the demo listens.")
@click.option("--prometheus", default="127.0.0.1:9090", show_default=True, help="Where Prometheus does.")
@click.option("--alertmanager", default="127.0.0.1:9093", show_default=True, help="Where Alertmanager does.")
@click.option("--grafana", default="127.0.0.1:3000", show_default=True, help="Where Grafana does.")
@click.option("--scrape", type=click.IntRange(min=1), default=5, show_default=True, help="Seconds between scrapes.")
@click.option("--docker/--no-docker", default=True, show_default=True, help="Let compose run all if one is missing.")
def main(themewire: str, prometheus: str, alertmanager: str, grafana: str, scrape: int, docker: bool) -> None:
    """Run the demo, and what is installed of Prometheus, Alertmanager and Grafana beside it."""
    if docker and not all(_installed().values()):
        _by_compose()
    if not _installed()["prometheus"]:
        raise Failed("install prometheus, alertmanager and grafana, or Docker with compose, to watch the demo")
    with ExitStack() as stack:
        stop = stack.enter_context(until_stopped())
        signal.signal(signal.SIGHUP, lambda *_: stop.set())  # the terminal was closed
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-watch-")))
        where = Places(themewire, prometheus, alertmanager, grafana, scrape)
        running = [(each, stack.enter_context(_running(each, folder))) for each in companions(where, folder)]
        for each, process in running:
            _wait_until_ready(each, process, folder, stop)
        if not stop.is_set():
            click.echo(_look_at(where, [each.name for each, _ in running]), err=True)
        while not stop.wait(1.0):
            for each, process in running:
                if process.poll() is not None:
                    raise Failed(f"{each.name} has ended: {_last_line(folder, each)}")


@dataclass(frozen=True)
class Places:
    """Where each of them listens, as HOST:PORT, and how often is scraped."""

    themewire: str
    prometheus: str
    alertmanager: str
    grafana: str
    scrape: int


def companions(where: Places, folder: Path) -> list[Companion]:
    """The demo, and what is installed here of the others, with their configuration written to the folder."""
    made = [
        Companion(
            "themewire",
            [sys.executable, "-m", "deploy", "demo"],
            f"http://{where.themewire}/ready",
            {"THEMEWIRE_WEB__LISTEN": where.themewire},
        )
    ]
    make = {"prometheus": _prometheus, "alertmanager": _alertmanager, "grafana": _grafana}
    return made + [make[name](program, where, folder) for name, program in _installed().items() if program]


def _installed() -> dict[str, str]:
    """The program of each, empty where there is none; Debian has other names for some."""
    names = {
        "prometheus": ("prometheus",),
        "alertmanager": ("prometheus-alertmanager", "alertmanager"),
        "grafana": ("grafana", "grafana-server"),
    }
    return {name: next(filter(None, map(shutil.which, either)), "") for name, either in names.items()}


def _prometheus(program: str, where: Places, folder: Path) -> Companion:
    every = f"{where.scrape}s"
    config = {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [str(HERE / "prometheus" / "rules" / "*.yml")],
        "scrape_configs": [{"job_name": "themewire", "static_configs": [{"targets": [where.themewire]}]}],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [where.alertmanager]}]}]},
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    line = [program, f"--config.file={file}", f"--storage.tsdb.path={folder / 'series'}"]
    line += [f"--web.listen-address={where.prometheus}", "--log.level=warn"]
    return Companion("prometheus", line, f"http://{where.prometheus}/-/ready")


def _alertmanager(program: str, where: Places, folder: Path) -> Companion:
    """With the example's routes: what fires is shown, and whom it would tell is not there."""
    config = HERE / "prometheus" / "alertmanager.yml"
    line = [program, f"--config.file={config}", f"--storage.path={folder / 'alerts'}", "--cluster.listen-address="]
    line += [f"--web.listen-address={where.alertmanager}", "--log.level=warn"]
    return Companion("alertmanager", line, f"http://{where.alertmanager}/-/ready")


def _grafana(program: str, where: Places, folder: Path) -> Companion:
    host, _, port = where.grafana.rpartition(":")
    dashboards = HERE / "grafana" / "dashboards"
    environ = {
        "GF_PATHS_DATA": str(folder / "grafana"),
        "GF_PATHS_LOGS": str(folder / "grafana" / "log"),
        "GF_PATHS_PROVISIONING": str(HERE / "grafana" / "provisioning"),
        "GF_SERVER_HTTP_ADDR": host,
        "GF_SERVER_HTTP_PORT": port,
        "GF_AUTH_ANONYMOUS_ENABLED": "true",  # it listens on loopback, and ends with the demo
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": str(dashboards / "themewire-overview.json"),
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "PROMETHEUS_URL": f"http://{where.prometheus}",
        "SCRAPE_INTERVAL": f"{where.scrape}s",
        "THEMEWIRE_DASHBOARDS": str(dashboards),
    }
    line = [program, *(["server"] if Path(program).name == "grafana" else [])]
    line += [f"--homepath={GRAFANA_HOME}"] if Path(GRAFANA_HOME).exists() else []  # else it knows its own
    return Companion("grafana", line, f"http://{where.grafana}/api/health", environ)


@contextmanager
def _running(companion: Companion, folder: Path) -> Iterator[Process]:
    """In a session of its own, so that Ctrl-C reaches it only through us, and once."""
    with (folder / f"{companion.name}.log").open("wb") as log:
        shown = None if companion.name == "themewire" else log  # the alerts of the demo are there to be seen
        process = subprocess.Popen(
            companion.line,
            env={**os.environ, **companion.environ},
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=shown,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT if companion.name == "themewire" else signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(
    companion: Companion, process: subprocess.Popen[bytes], folder: Path, stop: threading.Event
) -> None:
    end = time.monotonic() + READY_WITHIN
    while not stop.is_set():
        with suppress(OSError), urllib.request.urlopen(companion.ready, timeout=2):
            return
        if process.poll() is not None:
            raise Failed(f"{companion.name} has ended: {_last_line(folder, companion)}")
        if time.monotonic() > end:
            raise Failed(f"{companion.name} was not ready within {READY_WITHIN:.0f} s: {_last_line(folder, companion)}")
        stop.wait(0.2)


def _last_line(folder: Path, companion: Companion) -> str:
    lines = (folder / f"{companion.name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "it said no more"


def _look_at(where: Places, names: Sequence[str]) -> str:
    rules = f"http://{where.prometheus}/alerts"
    if "grafana" in names:
        return (
            f"Look at http://{where.grafana}/d/themewire-overview?from=now-15m (rules: {rules}); Ctrl-C ends all of it."
        )
    return f"Look at {rules}; install Grafana to see the dashboards, too. Ctrl-C ends all of it."


def _by_compose() -> None:
    """Has compose run all of it, in a project that ends with us; returns at once where Docker cannot be used."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "ls"], capture_output=True).returncode:
        return
    files = [word for name in COMPOSE for word in ("--file", str(HERE / name))]
    line = [docker, "compose", "--project-name", "themewire-watch", *files, "--profile", "embedded"]
    click.echo(f"Look at http://127.0.0.1:3000/{OVERVIEW} once it is built; Ctrl-C ends all of it.", err=True)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C reaches compose as well, which ends what it runs
    ended = subprocess.run([*line, "up", "--build"]).returncode
    subprocess.run([*line, "down", "--volumes"])
    sys.exit(ended)


if __name__ == "__main__":
    main()
