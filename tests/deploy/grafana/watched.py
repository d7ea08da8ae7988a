"""A demo that is watched: `make watch` on free ports, with a subscriber who answers and labels."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from deploy.grafana.asking import Prometheus
from tests.stream.backends import until
from tests.stream.delivering.channels.test_webhook import Receiver

THEMES = ["gpu-training-failures", "cpu-inference", "ip-disputes", "standards"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Watched:
    """The running demo with what is beside it; its passing folder is under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.receiver = Receiver((204, {}))
        self.ports = {name: free_port() for name in ("themewire", "prometheus", "alertmanager", "grafana")}
        line = [sys.executable, "-m", "deploy.watch", "--scrape", "2", "--no-docker"]
        for name, port in self.ports.items():
            line += [f"--{name}", f"127.0.0.1:{port}"]
        self._said = (folder.parent / "said.txt").open("w+b")
        self.process = subprocess.Popen(line, env={**os.environ, "TMPDIR": str(folder)}, stderr=self._said)
        self.prometheus = Prometheus(self.url("prometheus"))

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def said(self) -> str:
        self._said.seek(0)
        return self._said.read().decode()

    def until(self, met: Callable[[], object]) -> None:
        """Waits for what must come while the process lives; what cannot be reached yet has not come."""

        def has() -> bool:
            with suppress(OSError):
                return bool(met())
            return False

        until(has, self._lives)

    def ask(self, method: str, path: str, body: object = None) -> int:
        """The status of the API's answer; `path` may be a whole address."""
        url = path if path.startswith("http") else self.url("themewire") + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def subscribe_answer_and_label(self) -> None:
        """What people do: without them, some panels have nothing to show."""
        wish = {"themes": THEMES, "channel": {"kind": "webhook", "address": self.receiver.url}}
        self.until(lambda: self.ask("PUT", "/api/subscriptions/watcher", wish) in (200, 201))
        self.until(lambda: len(self.receiver.got) >= 2)
        for (_, body), answer in zip(list(self.receiver.got), ("right", "wrong"), strict=False):
            told = json.loads(body)
            links = told["links"][told["alert"]["id"]]
            self.until(lambda links=links, answer=answer: self.ask("POST", links[answer]) == 200)

    def has(self, expr: str) -> bool:
        return any(each.says for each in self.prometheus.at(expr))

    def _lives(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended with {self.process.wait(0.2)}: {self.said}")

    def interrupt(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.interrupt()
        self.receiver.close()
        self._said.close()
