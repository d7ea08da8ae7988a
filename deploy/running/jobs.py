"""Work that takes longer than an answer may: done apart, one piece at a time, and looked at while it goes on."""

import logging
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Protocol

from deploy.options import configure_logs
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.errors import ThemewireError
from stream.ops.parent import end_with_parent
from stream.web.access import RequestRefused
from stream.web.page import Job

__all__ = ["Jobs", "Progress", "Work"]

log = logging.getLogger(__name__)
STEPS_KEPT = 40
FAILED = "It ended with an error of ours: the log of the service says which."


class Progress(Protocol):
    """What a piece of work tells of itself: how much there is to do, and then each step as it begins."""

    def total(self, steps: int) -> None:
        """So many steps there are."""

    def step(self, what: str = "", by: int = 1) -> None:
        """So many more are done, and this begins."""


Work = Callable[..., Any]  # (settings, progress, *arguments) -> a result that can be pickled


class Jobs:
    """At most one piece of work goes on at a time, in a process of its own that ends with this one.

    The last of each name is remembered with its result until another of that name begins.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._jobs: dict[str, Job] = {}
        self._changes = 0
        self._turn = 0  # which piece of work it is: one that was stopped may end once another of its name goes on
        self._process: multiprocessing.process.BaseProcess | None = None
        self._lock = threading.Condition()

    def find(self, name: str) -> Job | None:
        """The last of this name, as it is now."""
        with self._lock:
            return self._jobs.get(name)

    def changes(self) -> int:
        """How often any of them has changed."""
        return self._changes

    def start(self, name: str, title: str, work: Work, *arguments: object, nice: int = 0) -> None:
        """Begins a piece of work, `nice` to all else; raises `RequestRefused` while another goes on."""
        with self._lock:
            if busy := next((job for job in self._jobs.values() if job.running), None):
                raise RequestRefused(409, f"{busy.title} is under way: begin this once it has ended.")
            self._keep(Job(name, title, clock()))
            self._process = None
            self._turn += 1
            run = partial(self._run, self._turn, name, work, arguments, nice)
        # The thread waits for the process to end, since the kernel ends the process with the thread that began it.
        threading.Thread(target=run, name=f"job {name}", daemon=True).start()

    def ended(self, name: str, timeout: float | None = None) -> Job | None:
        """The last of this name, once it has ended, or as it is after so many seconds."""
        with self._lock:
            self._lock.wait_for(lambda: not ((job := self._jobs.get(name)) and job.running), timeout)
            return self._jobs.get(name)

    def cancel(self, name: str) -> None:
        """Ends it, if it goes on; what it has put on the stream stays."""
        with self._lock:
            job = self._jobs.get(name)
            if job is not None and job.running:
                self._keep(replace(job, ended=clock(), error="It was stopped."))
                if self._process is not None:
                    self._process.terminate()

    def _run(self, turn: int, name: str, work: Work, arguments: tuple[object, ...], nice: int) -> None:
        ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
        made = multiprocessing.get_context("spawn").Process(
            target=_perform, args=(work, self._settings, os.getpid(), theirs, arguments, nice), daemon=True
        )
        try:
            made.start()
            theirs.close()
            with self._lock:
                if goes_on := self._goes_on(turn, name):
                    self._process = made
            if not goes_on:
                made.terminate()
            while True:
                self._change(turn, name, partial(_after, *ours.recv()))
        except EOFError:  # it has ended, one way or another
            made.join()
            self._change(turn, name, lambda job: replace(job, ended=clock(), error=FAILED))
        except Exception:
            log.exception("the job %s has failed", name)
            self._change(turn, name, lambda job: replace(job, ended=clock(), error=FAILED))
        finally:
            ours.close()

    def _goes_on(self, turn: int, name: str) -> bool:
        return turn == self._turn and self._jobs[name].running

    def _change(self, turn: int, name: str, change: Callable[[Job], Job]) -> None:
        with self._lock:
            if self._goes_on(turn, name):
                self._keep(change(self._jobs[name]))

    def _keep(self, job: Job) -> None:
        self._jobs[job.name] = job
        self._changes += 1
        self._lock.notify_all()


def _after(kind: str, value: Any, job: Job) -> Job:  # noqa: ANN401  (what it is hangs on the kind)
    """The job after a message of its process."""
    if kind == "total":
        return replace(job, total=value)
    if kind == "step":
        what, by = value
        steps = (*job.steps, what)[-STEPS_KEPT:] if what else job.steps
        return replace(job, steps=steps, done=job.done + by)
    if kind == "failed":
        return replace(job, ended=clock(), error=value)
    result, seconds, memory = value
    return replace(job, ended=clock(), result=result, done=job.total, cpu_seconds=seconds, memory=memory)


class _Told:
    """Tells the process that waits."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe

    def total(self, steps: int) -> None:
        self._pipe.send(("total", steps))

    def step(self, what: str = "", by: int = 1) -> None:
        self._pipe.send(("step", (what, by)))


def _perform(
    work: Work, settings: Settings, parent: int, pipe: "Connection[Any, Any]", arguments: tuple[object, ...], nice: int
) -> None:
    end_with_parent(parent)
    os.nice(nice)
    configure_logs(settings)
    try:
        result = work(settings, _Told(pipe), *arguments)
    except ThemewireError as error:
        pipe.send(("failed", str(error)))
    except Exception:
        log.exception("%s has failed", work.__name__)
        pipe.send(("failed", FAILED))
    else:
        used = resource.getrusage(resource.RUSAGE_SELF)
        pipe.send(("done", (result, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)))
