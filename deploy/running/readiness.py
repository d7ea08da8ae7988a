"""Whether each role is working and, if not, why: that nothing has failed is not enough."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy.wording import plural
from stream.log.port import Log, LogError
from stream.log.topics import EVENTS
from stream.ops.outage import Outage

__all__ = ["Progress", "Watched", "Watcher", "forget_status", "read_status", "write_status"]

TELL_SECONDS = 1.0
LOOK_SECONDS = 10.0
STALLED_SECONDS = 60.0
SILENT_SECONDS = 60.0  # after which a child's report is too old
log = logging.getLogger(__name__)


@dataclass
class Progress:
    """How long records have been waiting without one being processed."""

    passed: int = -1
    since: float = 0.0

    def look(self, passed: int, waiting: int, now: float) -> float:
        """The seconds for which nothing was processed while records were waiting; 0 if none wait."""
        if passed != self.passed or not waiting:
            self.passed, self.since = passed, now
        return now - self.since


class Watched(Protocol):
    """A role as the watcher sees it."""

    name: str

    @property
    def inputs(self) -> Sequence[str]:
        """The topics that its consumer group reads; none for a role without a group."""
        ...

    @property
    def passed(self) -> int:
        """How many events it has processed since it started."""
        ...

    @property
    def trouble(self) -> str:
        """Why it is not working, as far as it knows itself; empty if it is."""
        ...


class Watcher:
    """Checks all roles every few seconds and reports, each second, why any of them is not working.

    What a role knows itself is not enough: one that is expelled from its group again and again, or whose records cannot
    be read, is not aware of any trouble.
    """

    def __init__(
        self, roles: Sequence[Watched], stream: Log, tell: Callable[[Mapping[str, str]], None] = lambda _: None
    ) -> None:
        self._roles = roles
        self._stream = stream
        self._tell = tell
        self._progress = {role.name: Progress() for role in roles}
        self._stalled: dict[str, str] = {}
        self._said: set[str] = set()  # of which roles it was said that they stall
        self._outages = {role.name: Outage(role.name, "is without the stream", "is back on it") for role in roles}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def why_not(self) -> Mapping[str, str]:
        """For each role why it is not working, empty if it is: its own word now, and what the last check found."""
        return {role.name: role.trouble or self._stalled.get(role.name, "") for role in self._roles}

    def look(self, now: float) -> None:
        """Asks how many records wait for each role, and compares with the last check."""
        for role in self._roles:
            try:
                found = self._look(role, now)
            except LogError as error:
                self._stalled[role.name] = str(error)
                if not role.inputs:  # a member of a group says so itself
                    self._outages[role.name].lost(error)
                continue
            self._outages[role.name].over()
            self._stalled[role.name] = found
            if found and role.name not in self._said:
                log.error("%s is not working: %s", role.name, found)
                self._said.add(role.name)
            elif role.name in self._said and not found:
                log.warning("%s is working again", role.name)
                self._said.remove(role.name)

    def _look(self, role: Watched, now: float) -> str:
        """Why its records are not processed, empty if they are; a stream that does not answer is a `LogError`."""
        if not role.inputs:
            self._stream.ends([EVENTS])
            return ""
        waiting = self._stream.lag(role.name, role.inputs).records
        seconds = self._progress[role.name].look(role.passed, waiting, now)
        if seconds < STALLED_SECONDS:
            return ""
        return f"{plural(waiting, 'record')} waiting, and none processed for {seconds:.0f} s"

    def _run(self) -> None:
        looked = time.monotonic()
        while not self._closing.wait(TELL_SECONDS):
            if (now := time.monotonic()) - looked >= LOOK_SECONDS:
                looked = now
                self.look(now)
            self._tell(self.why_not())

    def close(self) -> None:
        """Stops checking."""
        self._closing.set()
        self._thread.join()


def write_status(folder: Path, why_not: Mapping[str, str]) -> None:
    """Writes the state of this process's roles for its parent; see `read_status`."""
    for role, why in why_not.items():
        part = folder / f"{role}.part"
        part.write_text(json.dumps({"at": time.monotonic(), "why": why}), encoding="utf-8")
        part.replace(folder / f"{role}.status")


def read_status(folder: Path, role: str, now: float) -> str:
    """Why a child's role is not working, by its own report; a report that is too old is not believed."""
    try:
        status = json.loads((folder / f"{role}.status").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it has not started yet"
    silent = now - float(status["at"])  # the monotonic clock is the machine's, the same for all processes
    return str(status["why"]) if silent < SILENT_SECONDS else f"its process has not reported for {silent:.0f} s"


def forget_status(folder: Path, role: str) -> None:
    """Deletes the report of a process that has ended."""
    (folder / f"{role}.status").unlink(missing_ok=True)
