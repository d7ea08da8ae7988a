"""Runs the roles of one process, a thread each, until they are stopped or nothing is left to do."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from deploy.running.blas import one_blas_thread
from deploy.running.readiness import Watcher
from deploy.running.retraining import Retrainer
from deploy.running.wiring import Role, TrainRole, role, stage_role
from deploy.settings.model import Settings
from stream.engine.worker import Worker
from stream.log.port import Log, LogError, NeedsOperator
from stream.ops.metrics import Metrics
from stream.ops.metrics.catalogue import STAGE_UP
from stream.ops.outage import Outage
from stream.records import NewerVersion
from stream.themes.live import LiveThemes

__all__ = ["OF_THEMES", "RoleThread", "Service", "follow"]

log = logging.getLogger(__name__)
LONGEST_PAUSE = 30.0
CLOSE_SECONDS = 8.0
LOOK_SECONDS = 1.0
OF_THEMES = ("match", "index")  # what reads the alerts of every theme


class RoleThread:
    """Runs one role: a worker, which is replaced after a pause when it has had trouble with the stream."""

    def __init__(
        self,
        role: Role | TrainRole,
        settings: Settings,
        log_: Log,
        metrics: Metrics,
        horizon: int | None,
        stepped: threading.Event,
    ) -> None:
        self.name = role.name
        self.inputs = () if role.name == "index" else role.inputs  # the index is in no group, and its lag its own
        self.failure: Exception | None = None  # why it has stopped for good
        self.pausing: LogError | None = None  # why it pauses
        self._role = role
        self._make: Callable[[], Worker | Retrainer] = lambda: self._role.worker(settings, log_, metrics, horizon)
        self._worker: Worker | Retrainer | None = None
        self._passed_before = 0  # by the workers of before
        self._metrics = metrics
        self._outage = Outage(self.name, "pauses", "resumes")
        metrics.begin(self.name)
        metrics[STAGE_UP].labels(self.name).set(0)
        self._stop = threading.Event()
        self._halt = threading.Event()  # of the worker at work
        self._stepped = stepped
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str:
        """Why it is not working, as far as it knows; empty if it is."""
        if self.failure is not None:
            return f"it has stopped: {self.failure}"
        if self.pausing is not None:
            return f"it pauses: {self.pausing}"
        return "" if self._worker is not None else "it has not started yet"

    @property
    def passed(self) -> int:
        """How many events it has processed since it started."""
        worker = self._worker
        return self._passed_before + (worker.passed if worker is not None else 0)

    @property
    def idle(self) -> bool:
        """Whether its last step found nothing to do and nothing in flight."""
        worker = self._worker
        return worker is not None and worker.idle

    def _run(self) -> None:
        pause = 1.0
        while not self._stop.is_set() and self.failure is None:
            began = time.monotonic()
            try:
                self._work()
            except LogError as error:
                self._outage.lost(error, urgent=isinstance(error, NeedsOperator))
                self.pausing = error
            except NewerVersion as error:
                self.failure = error
                log.error("%s has stopped: %s", self.name, error)
            except Exception as error:  # a defect of ours: this role stops, not ready, and the others go on
                self.failure = error
                log.exception("%s has stopped", self.name)
            self._stepped.set()
            if self._halt.is_set():
                continue  # with another role
            pause = 1.0 if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            if self.failure is None:
                self._stop.wait(pause)

    def _work(self) -> None:
        self._halt.clear()
        worker = self._make()
        self._worker = worker
        try:
            self._outage.over()
            self.pausing = None
            self._metrics[STAGE_UP].labels(self.name).set(1)
            if self._stop.is_set():
                return
            worker.run(self._halt, self._stepped.set)
        finally:
            self._metrics[STAGE_UP].labels(self.name).set(0)
            self._passed_before += worker.passed
            self._worker = None
            worker.close()

    def stop(self) -> None:
        """Asks it to stop after its current step."""
        self._stop.set()
        self._end_worker()

    def take(self, role: Role) -> None:
        """Goes on as this role, with a new worker: it reads other topics than before."""
        before, self._role, self.inputs = self._role, role, () if role.name == "index" else role.inputs
        self._end_worker()
        before.close()

    def _end_worker(self) -> None:
        self._halt.set()
        if (worker := self._worker) is not None:
            worker.wake()

    def join(self, until: float) -> bool:
        """Waits until it has ended, up to `until` (monotonic seconds); returns whether it has."""
        self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()

    def close(self) -> None:
        """Releases what the role holds: connections, processes."""
        self._role.close()


class Service:
    """The roles of this process; `tell` is called each second with the reasons why any of them is not working."""

    def __init__(
        self,
        names: Sequence[str],
        settings: Settings,
        log_: Log,
        metrics: Metrics,
        horizon: int | None = None,
        tell: Callable[[Mapping[str, str]], None] = lambda _: None,
        themes: Sequence[str] | None = None,
    ) -> None:
        self._settings = settings
        self._log = log_
        self._metrics = metrics
        self._told = tell
        self._stepped = threading.Event()
        self._stages = {name: role(name, settings, themes) for name in names}
        one_blas_thread()
        self._threads = [
            RoleThread(made, settings, log_, metrics, horizon, self._stepped) for made in self._stages.values()
        ]
        self._watcher = Watcher(self._threads, log_, self._tell)

    def follow(self, themes: Sequence[str]) -> None:
        """Has the roles that read the topics of themes read those of these; the others need not know of it."""
        for thread in self._threads:
            if thread.name in OF_THEMES:
                made = stage_role(thread.name, self._settings, themes)
                self._stages[thread.name] = made
                thread.take(made)

    def _tell(self, why_not: Mapping[str, str]) -> None:
        for name, why in why_not.items():
            self._metrics[STAGE_UP].labels(name).set(not why)
        self._told(why_not)

    def why_not(self) -> Mapping[str, str]:
        """For each role why it is not working; empty if it is."""
        return self._watcher.why_not()

    @property
    def inputs(self) -> Mapping[str, Sequence[str]]:
        """The input topics of each role."""
        return {name: made.inputs for name, made in self._stages.items()}

    def until_done(self, stop: threading.Event) -> None:
        """Waits until all lags are 0 twice in a row and nothing is in flight; raises what has stopped a role."""
        quiet = 0
        while quiet < 2 and not stop.is_set():
            self._stepped.wait(LOOK_SECONDS)
            self._stepped.clear()
            for thread in self._threads:
                if (error := thread.failure or thread.pausing) is not None:
                    raise error
            quiet = quiet + 1 if self._quiet() else 0

    def _quiet(self) -> bool:
        if not all(thread.idle for thread in self._threads):
            return False
        lags = [self._log.lag(name, inputs) for name, inputs in self.inputs.items() if inputs and name != "index"]
        return not any(lag.records for lag in lags) and all(thread.idle for thread in self._threads)

    def close(self) -> bool:
        """Stops all roles within seconds; returns whether all of them ended cleanly."""
        self._watcher.close()
        for thread in self._threads:
            thread.stop()
        until = time.monotonic() + CLOSE_SECONDS
        left = [thread for thread in self._threads if not thread.join(until)]
        for thread in self._threads:
            thread.close()
        return not left


def follow(themes: LiveThemes, service: Service, metrics: Metrics) -> None:
    """Has the roles of this process, and its metrics, know of each theme as it comes and goes."""

    def tell() -> None:
        service.follow(themes.now)
        for role_name in service.inputs:
            metrics.begin(role_name)

    themes.on_change(tell)
