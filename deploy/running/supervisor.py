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
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from prometheus_client import Metric, ProcessCollector
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from deploy.running.readiness import forget_status, read_status
from stream.ops.metrics.catalogue import STAGE_UP

__all__ = ["CHILD", "HUNG", "Gathered", "Supervisor", "follow_parent", "run_once_child"]

CHILD = "THEMEWIRE_CHILD"  # in the environment of a child: its parent's pid
PARENT = "supervisor"  # its role in the metrics
HUNG = 70  # a child's exit status for: the outcome of a client call is unknown, restart me
LONGEST_PAUSE = 30.0
STOP_SECONDS = 9.0
log = logging.getLogger(__name__)


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "deploy", "run", *arguments]


def follow_parent(stop: threading.Event) -> None:
    """In a child: sets `stop` when the parent is gone, however it went, since its end of our standard input closes.

    On Linux the kernel ends it before (`deploy.__main__`); this is for the other systems.
    """

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # unbuffered: a buffer's lock would be in the way at exit
            pass
        stop.set()

    if CHILD in os.environ:
        threading.Thread(target=wait, name="parent", daemon=True).start()


class _Child:
    """One role's process, restarted whenever it ends."""

    def __init__(self, role: str, arguments: Sequence[str], metrics: Path) -> None:
        self.role = role
        self._command = _command([role, *arguments])
        self._metrics = metrics
        self._environ = {**os.environ, CHILD: str(os.getpid()), "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=role, daemon=True)
        self._thread.start()

    @property
    def why_not(self) -> str:
        """Why the role is not working, by its own report or because its process has ended; empty if it is."""
        if self.pid is None:
            return "its process has ended and is being restarted"
        return read_status(self._metrics, self.role, time.monotonic())

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _run(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            began = time.monotonic()
            forget_status(self._metrics, self.role)
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
            log.warning("%s ended with status %d and is restarted in %.0f s", self.role, status, pause)
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
    """The child processes, one per role; `arguments` are the options that each is given."""

    def __init__(self, roles: Sequence[str], arguments: Sequence[str], metrics: Path) -> None:
        self._children = [_Child(role, arguments, metrics) for role in roles]

    def why_not(self) -> Mapping[str, str]:
        """For each role why it is not working; empty if it is."""
        return {child.role: child.why_not for child in self._children}

    def pids(self) -> Mapping[str, int | None]:
        """The process of each role, where there is one."""
        return {child.role: child.pid for child in self._children}

    def close(self) -> None:
        """Ends all children within seconds."""
        for child in self._children:
            child.stop()
        until = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.join(until)


class Gathered(Collector):
    """The children's metrics, from the files in `folder`, and process metrics of each, labelled by role."""

    def __init__(self, folder: Path, pids: Callable[[], Mapping[str, int | None]]) -> None:
        self._children = MultiProcessCollector(None, path=str(folder))  # type: ignore[no-untyped-call]  # untyped library
        self._pids = pids

    def collect(self) -> Iterator[Metric]:
        """A role whose process has died is not up, although its own metrics are gone with it."""
        pids = self._pids()
        up = STAGE_UP.family()
        for family in self._children.collect():  # type: ignore[no-untyped-call]  # untyped library
            if family.name == up.name:
                up.samples += family.samples
            else:
                yield family
        for role in {*pids} - {sample.labels["stage"] for sample in up.samples}:
            up.add_metric([role], 0)
        yield up
        yield from self._of_processes({PARENT: os.getpid(), **pids})

    def _of_processes(self, pids: Mapping[str, int | None]) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for role, pid in pids.items():
            if pid is None:
                continue
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                mine = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    mine.add_sample(sample.name, {"role": role}, sample.value)
        yield from families.values()


def run_once_child(arguments: Sequence[str]) -> int:
    """Runs `run --once` in a child, restarted whenever a client call hangs; returns its exit status."""
    while True:
        child = subprocess.Popen(
            _command(arguments), env={**os.environ, CHILD: str(os.getpid())}, stdin=subprocess.PIPE
        )

        def forward(number: int, _: object, process: subprocess.Popen[bytes] = child) -> None:
            process.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, forward)
        status = child.wait()
        if status != HUNG:
            return status if status >= 0 else 1
        log.warning("a call to the broker has hung; restarting")
