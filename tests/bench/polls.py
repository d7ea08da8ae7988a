"""What a poll costs, beside the library `reader` on the same feeds: `python -m tests.bench.polls [POLLS [WAY ...]]`.

Ours is the service as `make run` starts it: `themewire run` with every role, its web server and its parser processes,
on a stream with `synchronous=FULL`; reader's is `update_feeds`. A figure is CPU time of all its processes. Starting up
and one feed before the others, with which the encoders are loaded, do not count. `first` is the first poll of each feed
until all that it brought is tagged; the other ways are measured when that is done, `rolling` with its items' tags.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deploy.settings.locations import index_path, open_log
from deploy.settings.model import Settings
from stream.log.port import Log
from tests.bench.newsstand import WAYS, newsstand
from tests.deploy.command import Command

__all__ = ["Cost", "costs", "cpu_of", "crowd", "rows"]

TICKS = os.sysconf("SC_CLK_TCK")
FEEDS = 240
INTERVALS = {"first": 3600.0, "304": 2.4, "same": 2.4, "rolling": 120.0}  # s: 100 polls a second, 2 with new entries
SHARES = {"rolling": 4}  # one in so many polls is enough of what takes ten times as long
BEHIND = 20  # items that are not tagged yet, at most, when a measurement of new ones begins and ends
INDEXED = "SELECT TOTAL(next_offset) FROM position WHERE topic = 'tagged'"
TARGETS = {"first": 0.60, "304": 0.55, "same": 1 / 20, "rolling": 0.35}
RIVAL = """
import sys, time, feedparser_sgmllib
sys.modules["sgmllib"] = feedparser_sgmllib  # the copy of feedparser in reader wants it by its old name
from reader import make_reader
place, way, address, feeds, polls = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
reader = make_reader(place)
reader.add_feed(f"{address}/{way}/before")
reader.update_feeds()
cpu = [time.process_time()]
for n in range(feeds):
    reader.add_feed(f"{address}/{way}/{n}")
reader.update_feeds()
cpu.append(time.process_time())
if way == "first":
    print((cpu[1] - cpu[0]) / feeds)
    raise SystemExit
rounds = max(1, polls // feeds)
for _ in range(rounds):
    reader.update_feeds(scheduled=False)
print((time.process_time() - cpu[1]) / (rounds * (feeds + 1)))
"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU for a poll of each, and the MB that the service then takes."""

    way: str
    ours: float
    readers: float
    memory: float


def costs(polls: int, ways: tuple[str, ...] = WAYS) -> Iterator[Cost]:
    """One for each way that a site may answer."""
    with newsstand() as address:
        for way in ways:
            own, memory = ours(address, way, FEEDS, INTERVALS[way], max(FEEDS, polls // SHARES.get(way, 1)))
            yield Cost(way, 1000 * own, 1000 * readers(address, way, polls), memory)


def readers(address: str, way: str, polls: int) -> float:
    """Seconds of CPU for a poll by reader."""
    with tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder:
        arguments = [f"{folder}/reader.sqlite", way, address, str(FEEDS), str(polls)]
        done = subprocess.run([sys.executable, "-c", RIVAL, *arguments], capture_output=True, text=True, check=True)
        return float(done.stdout)


def ours(address: str, way: str, feeds: int, interval: float, polls: int) -> tuple[float, float]:
    """Seconds of CPU for a poll by the service, with so many feeds at this interval (s), and its memory (MB)."""
    with (
        tempfile.TemporaryDirectory(prefix="themewire-bench-") as folder,
        collecting(Path(folder), address, way, feeds, interval) as (log, index, pid, first),
    ):
        if way == "first":
            return (cpu_of(pid) - first) / feeds, memory_of(pid)
        settle(log, index)
        began, counted = cpu_of(pid), counted_polls(log)
        wait_for(log, counted + polls)
        settle(log, index)
        return (cpu_of(pid) - began) / (counted_polls(log) - counted), memory_of(pid)


class Running(NamedTuple):
    """The service: its stream, its index, its process, and that one's CPU before the feeds came."""

    log: Log
    index: Path
    pid: int
    began: float


@contextmanager
def collecting(folder: Path, address: str, way: str, feeds: int, interval: float) -> Iterator[Running]:
    """The service on a new stream that has polled each once."""
    url = f"sqlite:///{folder}/stream.db"
    stated = {
        "stream.url": url,
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
        **dict.fromkeys(("fetch.interval", "fetch.shortest_interval", "fetch.longest_interval"), str(interval)),
        "fetch.host_connections": "16",
        "web.listen": "127.0.0.1:0",
    }
    command = Command(folder / "data", stated)
    listed(command, address, way, ["before"])
    settings = Settings.model_validate({"stream": {"url": url}, "data": {"dir": folder / "data"}})
    log, index = open_log(settings), index_path(settings)
    process = subprocess.Popen(command.line(["run"]), env=command.environ, stderr=subprocess.DEVNULL)
    try:
        wait_for(log, 1)
        settle(log, index)
        began = cpu_of(process.pid)
        listed(command, address, way, list(map(str, range(feeds))))
        wait_for(log, counted_polls(log) + feeds)
        settle(log, index)
        yield Running(log, index, process.pid, began)
    finally:
        process.terminate()
        process.wait()
        log.close()


def listed(command: Command, address: str, way: str, names: list[str]) -> None:
    """Puts these feeds on the list, in a process of its own."""
    outlines = "".join(f'<outline type="rss" text="{name}" xmlUrl="{address}/{way}/{name}"/>' for name in names)
    command.does("feeds", "import", "-", stdin=f'<opml version="2.0"><body>{outlines}</body></opml>')


def settle(log: Log, index: Path) -> None:
    """Waits until what was brought is tagged, and in the index."""
    while count(log, "items") - count(log, "tagged") > (BEHIND if count(log, "items") > 1000 else 0):
        time.sleep(0.1)
    with closing(sqlite3.connect(index)) as db:
        while db.execute(INDEXED).fetchone()[0] < count(log, "tagged") - BEHIND:
            time.sleep(0.1)


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
    for stat in _stats():
        try:
            own, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue  # it has just ended
        fields = rest.split()
        process = int(own.split()[0])
        parents[process] = int(fields[1])
        spent[process] = sum(map(int, fields[11:15])) / TICKS
    return sum(seconds for process, seconds in spent.items() if _comes_of(process, pid, parents))


def _stats() -> list[Path]:
    return list(Path("/proc").glob("[0-9]*/stat"))


def memory_of(pid: int) -> float:
    """MB of a process and of all that came of it, what they share in parts."""
    parents = {int(stat.parent.name): int(stat.read_text().rpartition(")")[2].split()[1]) for stat in _stats()}
    tree = [process for process in parents if _comes_of(process, pid, parents)]
    rows = [row for process in tree for row in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()]
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024


def _comes_of(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    while process != ancestor:
        if process not in parents:
            return False
        process = parents[process]
    return True


def crowd(polls: int) -> tuple[float, float]:
    """Milliseconds of CPU for a 304 poll with 100 and with 10,000 feeds, at the same rate of polls."""
    with newsstand() as address:
        few, _ = ours(address, "304", 100, 1, polls)
        many, _ = ours(address, "304", 10_000, 100, polls)
    return 1000 * few, 1000 * many


def rows(polls: int, ways: tuple[str, ...] = WAYS) -> Iterator[str]:
    """The figures as lines, as they come."""
    yield f"{'poll':10}{'ours ms':>10}{'reader ms':>12}{'ratio':>8}{'asked':>8}{'MB':>8}"
    for cost in costs(polls, ways):
        ratio = cost.ours / cost.readers
        costs_of = f"{cost.way:10}{cost.ours:10.2f}{cost.readers:12.2f}"
        yield f"{costs_of}{ratio:8.3f}{TARGETS[cost.way]:8.2f}{cost.memory:8.0f}"


def crowd_rows(polls: int) -> Iterator[str]:
    """What a hundred times as many feeds change."""
    few, many = crowd(polls)
    yield f"304 with 100 feeds {few:.2f} ms, with 10,000 feeds {many:.2f} ms: {many / few:.2f} times (asked: 1.2)"


def main() -> None:
    polls, *ways = sys.argv[1:] or ["1000"]
    for line in rows(int(polls), tuple(ways) or WAYS) if ways != ["crowd"] else crowd_rows(int(polls)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
