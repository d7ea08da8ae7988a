"""What a poll costs, beside the library `reader` on the same feeds: `python -m tests.bench.polls [POLLS]`.

A figure is (CPU of 2N polls - CPU of N polls) / N, so that starting up does not count. Ours is the service itself,
`themewire run` with every role and its parser processes, on a stream with `synchronous=FULL`, after it has tagged what
the first polls brought; reader's is `update_feeds`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from stream.log.port import Log
from tests.bench.newsstand import WAYS, newsstand
from tests.deploy.command import Command

__all__ = ["Cost", "costs", "crowd", "rows"]

TICKS = os.sysconf("SC_CLK_TCK")
FEEDS = 100
TARGETS = {"304": 0.55, "same": 1 / 20, "rolling": 0.35}
RIVAL = """
import sys, time, feedparser_sgmllib
sys.modules["sgmllib"] = feedparser_sgmllib  # the copy of feedparser in reader wants it by its old name
from reader import make_reader
place, way, address, feeds, polls = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
reader = make_reader(place)
for n in range(feeds):
    reader.add_feed(f"{address}/{way}/{n}")
reader.update_feeds()
cpu = []
for _ in range(2):
    for _ in range(polls // feeds):
        reader.update_feeds(scheduled=False)
    cpu.append(time.process_time())
print((cpu[1] - cpu[0]) / (polls // feeds * feeds))
"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU for a poll of each."""

    way: str
    ours: float
    readers: float


def costs(polls: int) -> Iterator[Cost]:
    """One for each way that a site may answer."""
    with newsstand() as address:
        for way in WAYS:
            yield Cost(way, 1000 * ours(address, way, FEEDS, 1, polls), 1000 * readers(address, way, polls))


def readers(address: str, way: str, polls: int) -> float:
    """Seconds of CPU for a poll by reader."""
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        arguments = [f"{folder}/reader.sqlite", way, address, str(FEEDS), str(polls)]
        done = subprocess.run([sys.executable, "-c", RIVAL, *arguments], capture_output=True, text=True, check=True)
        return float(done.stdout)


def ours(address: str, way: str, feeds: int, interval: float, polls: int) -> float:
    """Seconds of CPU for a poll by the service, with so many feeds at this interval (s)."""
    with (
        tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder,
        collecting(Path(folder), address, way, feeds, interval) as (log, pid),
    ):
        wait_for(log, feeds + polls)  # the first polls are the baseline, and do not count
        while way != "rolling" and count(log, "tagged") < count(log, "items"):
            time.sleep(0.1)
        first, counted = cpu_of(pid), counted_polls(log)
        wait_for(log, counted + polls)
        return (cpu_of(pid) - first) / (counted_polls(log) - counted)


@contextmanager
def collecting(folder: Path, address: str, way: str, feeds: int, interval: float) -> Iterator[tuple[Log, int]]:
    """The service on a new stream; yields the stream and the process."""
    url = f"sqlite:///{folder}/stream.db"
    stated = {
        "stream.url": url,
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
        "fetch.interval": str(interval),
        "fetch.host_connections": "16",
    }
    command = Command(folder / "data", stated)
    outlines = "".join(f'<outline type="rss" text="{n}" xmlUrl="{address}/{way}/{n}"/>' for n in range(feeds))
    command.does("feeds", "import", "-", stdin=f'<opml version="2.0"><body>{outlines}</body></opml>')
    log = open_log(Settings.model_validate({"stream": {"url": url}}))
    process = subprocess.Popen(command.line(["run"]), env=command.environ, stderr=subprocess.DEVNULL)
    try:
        yield log, process.pid
    finally:
        process.terminate()
        process.wait()
        log.close()


def counted_polls(log: Log) -> int:
    """How many polls are on the stream."""
    return count(log, "polls")


def count(log: Log, topic: str) -> int:
    """How many records have been appended to a topic."""
    return sum(log.ends([topic]).values())


def wait_for(log: Log, polls: int) -> None:
    """Waits until so many are there."""
    while counted_polls(log) < polls:
        time.sleep(0.1)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and of all that came of it; those that have ended count for their parents."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            own, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has just ended
        fields = rest.split()
        process = int(own.split()[0])
        parents[process] = int(fields[1])
        spent[process] = sum(map(int, fields[11:15])) / TICKS
    return sum(seconds for process, seconds in spent.items() if _comes_of(process, pid, parents))


def _comes_of(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    while process != ancestor:
        if process not in parents:
            return False
        process = parents[process]
    return True


def crowd(polls: int) -> tuple[float, float]:
    """Milliseconds of CPU for a 304 poll with 100 and with 10,000 feeds, at the same rate of polls."""
    with newsstand() as address:
        few = ours(address, "304", 100, 1, polls)
        many = ours(address, "304", 10_000, 100, polls)
    return 1000 * few, 1000 * many


def rows(polls: int) -> Iterator[str]:
    """The figures as lines, as they come."""
    yield f"{'poll':10}{'ours ms':>10}{'reader ms':>12}{'ratio':>8}{'asked':>8}"
    for cost in costs(polls):
        ratio = cost.ours / cost.readers
        yield f"{cost.way:10}{cost.ours:10.2f}{cost.readers:12.2f}{ratio:8.3f}{TARGETS[cost.way]:8.2f}"
    few, many = crowd(polls)
    yield f"304 with 100 feeds {few:.2f} ms, with 10,000 feeds {many:.2f} ms: {many / few:.2f} times (asked: 1.2)"


def main() -> None:
    for line in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        print(line, flush=True)


if __name__ == "__main__":
    main()
