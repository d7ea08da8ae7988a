"""On Kafka, `run` is a small parent with one child process a role: a client call that hangs ends only its child.

Children are restarted with backoff; their metrics come together by prometheus-client's multi-process files.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

__all__ = ["CHILD", "HUNG", "Supervisor", "follow_parent", "gathered", "run_once_child"]

CHILD = "THEMEWIRE_CHILD"
HUNG = 70  # a child's word for: the outcome of a client call is unknown, start me again
LONGEST_PAUSE = 30.0
STOP_SECONDS = 9.0
log = logging.getLogger(__name__)


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "deploy", "run", *arguments]


def follow_parent(stop: threading.Event) -> None:
    """In a child: sets `stop` when the parent is gone, however it went, since its end of our standard input closes."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # unbuffered: a buffer's lock would be in the way at exit
            pass
        stop.set()

    if CHILD in os.environ:
        threading.Thread(target=wait, name="parent", daemon=True).start()


class _Child:
    """One role's process, started again whenever it ends."""

    def __init__(self, role: str, arguments: Sequence[str], metrics: Path) -> None:
        self.role = role
        self._command = _command([role, *arguments])
        self._metrics = metrics
        self._environ = {**os.environ, CHILD: "1", "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=role, daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether the process lives."""
        process = self._process
        return process is not None and process.poll() is None

    def _run(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            began = time.monotonic()
            # Its own session: a terminal's Ctrl-C reaches the parent alone, which then asks its children to stop.
            self._process = subprocess.Popen(
                self._command, env=self._environ, stdin=subprocess.PIPE, start_new_session=True
            )
            if self._stop.is_set():
                self._process.terminate()
            status = self._process.wait()
            mark_process_dead(self._process.pid, str(self._metrics))  # type: ignore[no-untyped-call]  # untyped library
            if self._stop.is_set():
                return
            pause = 1.0 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            log.warning("%s ended with status %d and is started again in %.0f s", self.role, status, pause)
            self._stop.wait(pause)

    def stop(self) -> None:
        """Asks it to end."""
        self._stop.set()
        if (process := self._process) is not None and process.poll() is None:
            process.terminate()

    def join(self, until: float) -> None:
        """Waits for its end up to `until` (monotonic seconds), then kills it: its work is durable."""
        self._thread.join(max(0.0, until - time.monotonic()))
        if (process := self._process) is not None and process.poll() is None:
            process.kill()
            process.wait()


class Supervisor:
    """The children of this process; `arguments` are the options that each is given."""

    def __init__(self, roles: Sequence[str], arguments: Sequence[str], metrics: Path) -> None:
        self._children = [_Child(role, arguments, metrics) for role in roles]

    def ready(self) -> Mapping[str, bool]:
        """Of each role, whether its process lives."""
        return {child.role: child.ready for child in self._children}

    def close(self) -> None:
        """Ends all children within some seconds."""
        for child in self._children:
            child.stop()
        until = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.join(until)


def gathered(metrics: Path, own: Sequence[Collector]) -> Callable[[], CollectorRegistry]:
    """Registries of what the children count, and of our `own`; one for each scrape, as the library wants it."""

    def registry() -> CollectorRegistry:
        fresh = CollectorRegistry()
        MultiProcessCollector(fresh, path=str(metrics))  # type: ignore[no-untyped-call]  # untyped library
        for collector in own:
            fresh.register(collector)
        return fresh

    return registry


def run_once_child(arguments: Sequence[str]) -> int:
    """Runs `run --once` in a child, again while a client call has hung; returns its exit status."""
    while True:
        child = subprocess.Popen(_command(arguments), env={**os.environ, CHILD: "1"}, stdin=subprocess.PIPE)

        def forward(number: int, _: object, process: subprocess.Popen[bytes] = child) -> None:
            process.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, forward)
        status = child.wait()
        if status != HUNG:
            return status if status >= 0 else 1
        log.warning("a call to the broker has hung; starting again")
