"""What a poll of each kind of source costs beside one of a feed: `python -m tests.bench.sources [POLLS]`.

Each has fifty entries, five of them new at each poll. A poll is fetched over loopback, parsed in a parser process and
decided on; the stream is left out, since it is the same for all. Memory is the most that the process and its parser
have had. Each kind runs in a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from collectors.parsing.parser_pool import ParserPool
from stream.records import Feed
from tests.bench.newsstand import KINDS, newsstand
from tests.bench.polls import cpu_of
from tests.collectors.sources.some_polls import Source, context_of

__all__ = ["Cost", "costs", "rows"]

WARM = 20  # polls that do not count
OPTIONS = {
    "json": {
        "items": "results",
        "title": "title",
        "link": "url",
        "id": "id",
        "summary": "summary",
        "published": "date",
    },
    "page": {"item": "li.news", "date": "time", "summary": "p"},
}


class Cost(NamedTuple):
    """Milliseconds of CPU of a poll, and MiB of memory."""

    kind: str
    milliseconds: float
    memory: float


def costs(polls: int) -> Iterator[Cost]:
    """One for each kind; the feed's is the first."""
    with newsstand() as address:
        for kind in ("feed", *KINDS):
            command = [sys.executable, "-m", "tests.bench.sources", kind, address, str(polls)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            yield Cost(kind, *map(float, done.stdout.split()))


def measured(kind: str, address: str, polls: int) -> tuple[float, float]:
    """(ms of CPU of a poll, MiB) in this process and its parser."""
    pool = ParserPool()
    url = f"{address}/{'rolling' if kind == 'feed' else kind}/1"
    with context_of(pool) as context:
        source = Source(context, Feed(id="f", url=url, kind=kind, options=OPTIONS.get(kind, {}), interval=1))
        for _ in range(WARM):
            source.poll()
        began = cpu_of(os.getpid())
        for _ in range(polls):
            poll = source.poll().poll
            assert poll.error is None, poll.error
            assert poll.new > 0
        spent = cpu_of(os.getpid()) - began
        most = sum(_peak(process) for process in (os.getpid(), *_children()))
    pool.close()
    return 1000 * spent / polls, most / 1024


def _children() -> list[int]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(child) for listed in found for child in listed.read_text().split()]


def _peak(process: int) -> int:
    """The most kB that a process has had."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def rows(polls: int) -> Iterator[str]:
    """The figures as lines, as they come."""
    yield f"{'source':10}{'ms a poll':>10}{'of a feed':>11}{'MiB':>8}"
    feed = 0.0
    for cost in costs(polls):
        feed = feed or cost.milliseconds
        yield f"{cost.kind:10}{cost.milliseconds:10.2f}{cost.milliseconds / feed:11.2f}{cost.memory:8.0f}"


def main() -> None:
    """Prints the figures; in the process of a kind its own."""
    if len(sys.argv) == 4:
        kind, address, polls = sys.argv[1:]
        print(*measured(kind, address, int(polls)))
        return
    for line in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 200):
        print(line, flush=True)


if __name__ == "__main__":
    main()
