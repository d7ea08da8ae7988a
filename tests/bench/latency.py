"""How long an alert takes from the answer that first showed its entry, under 100 polls a second.

`python -m tests.bench.latency [sqlite|kafka] [--seconds N]`. The service runs as `make run` starts it, with every
role, and polls 240 feeds that say 304. About 1.4 times a second one of them shows a new entry: statements that ship,
nearly all about events of their own. A subscription asks for all themes by webhook. When an entry was read is what the
site says; when it was an item, tagged, in an alert and on its way are the timestamps of the stream's records; when it
arrived is what the receiver says. The first few entries, with which the encoders are loaded, do not count.

The machine's load is printed before and after, since a figure of a machine that is busy with other things says little.
"""

import argparse
import itertools
import json
import math
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from seeds.statements import Statement, load_statements
from stream.log.port import Log
from stream.log.topics import ALERTS, alerts_topic
from stream.themes.saved import shipped_themes
from tests.bench.news_site import Site, serving
from tests.bench.polls import cpu_of, listed
from tests.deploy.command import Command
from tests.empty_stream import BACKENDS, stream
from tests.kafka_broker import Missing

__all__ = ["percentile", "rows", "table"]

FEEDS, INTERVAL = 240, 2.4  # s: 100 polls a second
APART = (0.4, 1.0)  # s, between two new entries
WARM = 8  # new entries before it is measured
START_SECONDS, PATIENCE = 180.0, 10.0
SECONDS, MOST_SECONDS = 60.0, 120.0  # for which there are statements enough
TARGETS = {"sqlite": 0.5, "kafka": 1.5}
STEPS = ("fetched", "item", "tagged", "alert", "outbox", "webhook")
LEGS = tuple(itertools.pairwise(STEPS))
Ways = Mapping[str, Mapping[str, float]]  # by entry and step when it was there (s)


@contextmanager
def service(command: Command) -> Iterator[int]:
    """The process of `themewire run`, which ends within."""
    process = subprocess.Popen(command.line(["run"]), env=command.environ, stderr=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(met: Callable[[], bool], seconds: float) -> bool:
    """Waits until it is so; returns whether it is."""
    deadline = time.monotonic() + seconds
    while not (done := met()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


def news() -> Iterator[Statement]:
    """The English statements of a theme that are news, in any order but always the same."""
    fit = [one for one in load_statements() if one.lang == "en" and one.themes and one.manner in ("news", "brief")]
    found = list({one.group or one.id: one for one in fit}.values())  # those of a group tell of one event
    random.Random(1).shuffle(found)
    return iter(found)


class Trial:
    """One run of the service: the entries that were shown, and what became of them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._news = zip(itertools.count(), news(), strict=False)
        self._feeds = itertools.cycle(random.Random(2).sample(range(FEEDS), FEEDS))
        self._chance = random.Random(3)

    def warm(self) -> None:
        """Returns when each feed has been polled and half of the first entries have arrived: all is loaded."""
        if not wait_for(lambda: self.site.polls >= 2 * FEEDS, START_SECONDS):
            raise TimeoutError(f"the service has polled {self.site.polls} times in {START_SECONDS:.0f} s")
        for _ in range(WARM):
            self._show()
        if not wait_for(lambda: len(self.site.arrived) >= WARM / 2, START_SECONDS):
            raise TimeoutError(f"of the first {WARM} entries {len(self.site.arrived)} have arrived")

    def shown(self, seconds: float) -> list[str]:
        """Shows entries for so long, and waits until they have arrived or patience is at its end; their links."""
        links, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            links.append(self._show())
            time.sleep(self._chance.uniform(*APART))
        wait_for(lambda: all(link in self.site.arrived for link in links), PATIENCE)
        return links

    def _show(self) -> str:
        number, statement = next(self._news)
        return self.site.show(str(next(self._feeds)), number, statement)


def steps(log: Log) -> dict[str, dict[str, float]]:
    """By step and link the time of the first record on the stream; what is of no theme does not count as tagged."""
    alerts = [alerts_topic(theme) for theme in shipped_themes()]
    reader, found = log.reader(["items", "tagged", *alerts, "outbox"]), dict[str, dict[str, float]]()
    deadline = time.monotonic() + PATIENCE
    while not reader.caught_up() and time.monotonic() < deadline:
        for record in reader.poll(1.0):
            step = "alert" if record.topic.startswith(ALERTS) else record.topic.removesuffix("s")
            for link in _links(step, json.loads(record.value or b"{}")):
                found.setdefault(step, {}).setdefault(link, record.timestamp / 1000)
    reader.close()
    return found


def _links(step: str, said: dict[str, Any]) -> list[str]:
    """The entries that a record tells of; an alert does so of all that are in its story by then."""
    match step:
        case "item":
            return [said["url"]]
        case "tagged":
            return [said["item"]["url"]] if said["tags"] else []
        case "outbox":
            return [source["url"] for source in said["alert"]["sources"]]
        case _:
            return [source["url"] for source in said["sources"]]


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that at least so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def leg(ways: Ways, begin: str, end: str) -> str:
    """A line: how long those that have come so far took."""
    took = [way[end] - way[begin] for way in ways.values() if begin in way and end in way]
    if not took:
        return f"  {begin + ' -> ' + end:22}  none"
    figures = "".join(f"{percentile(took, share):9.3f}" for share in (0.5, 0.95, 0.99, 1.0))
    return f"  {begin + ' -> ' + end:22}{figures}{len(took):6d}"


def set_up(folder: Path, url: str, address: str) -> Command:
    """What runs the service; its feeds and the subscription are on the stream."""
    stated = {
        "stream.url": url,
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
        "fetch.host_connections": "16",
        "fetch.interval": str(INTERVAL),
        "web.listen": "127.0.0.1:0",
    }
    command = Command(folder / "data", stated)
    themes = [word for theme in shipped_themes() for word in ("--theme", theme)]
    command.does("subscriptions", "add", "bench", *themes, "--unsure", "--webhook", f"{address}/hook")
    listed(command, address, "news", [str(number) for number in range(FEEDS)])
    return command


def measured(backend: str, seconds: float) -> Iterator[str]:
    """The lines of one backend."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-bench-")))
        site, url = Site(), stack.enter_context(stream(backend, folder))
        command = set_up(folder, url, stack.enter_context(serving(site)))
        with service(command) as pid:
            trial = Trial(site)
            trial.warm()
            began, polls, cpu, load = time.monotonic(), site.polls, cpu_of(pid), os.getloadavg()[0]
            links = trial.shown(seconds)
            lasted, polls, cpu = time.monotonic() - began, site.polls - polls, cpu_of(pid) - cpu
        log = open_log(Settings.model_validate({"stream": {"url": url}, "data": {"dir": folder / "data"}}))
        found = {**steps(log), "fetched": site.fetched, "webhook": site.arrived}
        log.close()
    ways = {link: {step: at[link] for step, at in found.items() if link in at} for link in links}
    busy = f"CPU {100 * cpu / lasted:.0f} % of a core, load {load:.1f} to {os.getloadavg()[0]:.1f}"
    yield f"{backend}: {polls / lasted:.0f} polls a second, {busy}"
    yield from table(ways, TARGETS[backend])


def table(ways: Ways, target: float) -> Iterator[str]:
    """How long each leg took and all of them, and what did not come to its end."""
    yield f"  {'seconds':22}{'p50':>9}{'p95':>9}{'p99':>9}{'most':>9}{'n':>6}"
    yield from (leg(ways, *each) for each in LEGS)
    yield leg(ways, "fetched", "alert") + f"   asked: p95 {target}"
    yield leg(ways, "fetched", "webhook")
    for before, after in LEGS:
        if lost := [link for link, way in ways.items() if before in way and after not in way]:
            yield f"  {len(lost)} of {len(ways)} were {before} and not {after}: {', '.join(lost[:3])}"


def rows(seconds: float = SECONDS, backends: Sequence[str] = BACKENDS) -> Iterator[str]:
    """The figures as lines, as they come."""
    for backend in backends:
        try:
            yield from measured(backend, seconds)
        except (Missing, TimeoutError) as reason:
            yield f"{backend}: not measured: {reason}"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    options.add_argument("backend", nargs="?", choices=BACKENDS)
    options.add_argument("--seconds", type=float, default=SECONDS, help=f"to measure, at most {MOST_SECONDS:.0f}")
    asked = options.parse_args()
    for line in rows(min(asked.seconds, MOST_SECONDS), [asked.backend] if asked.backend else BACKENDS):
        print(line, flush=True)


if __name__ == "__main__":
    main()
