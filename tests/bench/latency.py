"""How long an alert takes from the answer that first showed its entry, under 100 polls a second.

`python -m tests.bench.latency [sqlite|kafka ...] [--seconds N]`. The service runs as `make run` starts it, with every
role, and polls 240 feeds that say 304. About 1.4 times a second one of them shows a new entry, a statement that ships,
each about an event of its own; a subscription asks for all themes by webhook. When an entry was read is what the site
says, when it was an item, tagged, an alert and on its way are the timestamps of the stream's records, and when it
arrived is what the receiver says. What shows in the first answers, until the encoders are loaded, does not count.
"""

import argparse
import itertools
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from seeds.statements import Statement, load_statements
from stream.log.port import Log
from stream.log.topics import ALERTS, alerts_topic
from stream.themes.saved import shipped_themes
from tests.bench import newsstand
from tests.bench.polls import cpu_of, listed
from tests.deploy.command import Command
from tests.kafka_broker import Broker, Missing

__all__ = ["LEGS", "Ways", "percentile", "rows"]

FEEDS, INTERVAL = 240, 2.4  # s: 100 polls a second
OLD = 20  # entries that each feed has shown before
APART = (0.4, 1.0)  # s, between two new entries
WARM = 8  # new entries before it is measured
START_SECONDS, PATIENCE = 180.0, 20.0
SECONDS = 60.0
TARGETS = {"sqlite": 0.5, "kafka": 1.5}
STEPS = ("fetched", "item", "tagged", "alert", "outbox", "webhook")
LEGS = tuple(itertools.pairwise(STEPS))
Ways = Mapping[str, Mapping[str, float]]  # by entry and step when it was there (s)


@dataclass
class Site:
    """Feeds that show an entry more when they are told to, and the receiver of the alerts."""

    shown: dict[str, dict[str, str]] = field(default_factory=dict)  # by feed and link, as its document has them
    fetched: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)
    polls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, feed: str, number: int, statement: Statement) -> str:
        """Has a feed show this at its next poll; returns the entry's link."""
        link = f"https://news.example/{feed}/new/{number}"
        entry = (
            f"<item><title>{escape(statement.title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>"
            f"<description>{escape(statement.summary)}</description></item>"
        )
        with self.lock:
            self.shown.setdefault(feed, {})[link] = entry
        return link

    def polled(self, feed: str) -> dict[str, str]:
        """What a feed shows beside its old entries."""
        with self.lock:
            self.polls += 1
            return dict(self.shown.get(feed, {}))

    def note(self, places: dict[str, float], *links: str) -> None:
        """Each has been here, for the first time or not."""
        now = time.time()
        with self.lock:
            for link in links:
                places.setdefault(link, now)


def document(feed: str, new: Iterable[str]) -> bytes:
    """A feed's document: what is new, and what is too old to be judged."""
    old = range(newsstand.ENTRIES, newsstand.ENTRIES - OLD, -1)
    entries = [*new, *(newsstand.entry(feed, number, timedelta(days=30)) for number in old)]
    return f'<rss version="2.0"><channel><title>Plant {feed}</title>{"".join(entries)}</channel></rss>'.encode()


def handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """Answers for the site."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer goes out in one piece

        def do_GET(self) -> None:
            if not self.path.startswith("/news/"):
                self.send_error(404)
                return
            feed = self.path.rpartition("/")[2]
            new = site.polled(feed)
            tag = f'"{len(new)}"'
            if self.headers.get("If-None-Match") == tag:
                self.say(304, tag)
                return
            self.say(200, tag, document(feed, new.values()))
            site.note(site.fetched, *new)

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if (alert := said.get("alert")) and alert["kind"] == "new":
                site.note(site.arrived, alert["url"])
            self.say(204, "")

        def say(self, status: int, tag: str, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", "application/rss+xml")
            if status == 200:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The address at which the site answers within."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(site))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def stream(backend: str, folder: Path) -> Iterator[str]:
    """The address of an empty stream."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'stream.db'}"
        return
    broker = Broker()
    try:
        broker.start()
        yield broker.url
    finally:
        broker.stop()


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
    found = [one for one in load_statements() if one.lang == "en" and one.themes and one.manner in ("news", "brief")]
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
    """By step and link the time of the record on the stream."""
    alerts = [alerts_topic(theme) for theme in shipped_themes()]
    reader, found = log.reader(["items", "tagged", *alerts, "outbox"]), dict[str, dict[str, float]]()
    deadline = time.monotonic() + PATIENCE
    while not reader.caught_up() and time.monotonic() < deadline:
        for record in reader.poll(1.0):
            said = json.loads(record.value or b"{}")
            step = "alert" if record.topic.startswith(ALERTS) else record.topic.removesuffix("s")
            told = {"tagged": said.get("item"), "outbox": said.get("alert")}.get(step, said)
            if told and told.get("kind", "new") == "new":
                found.setdefault(step, {}).setdefault(told["url"], record.timestamp / 1000)
    reader.close()
    return found


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


def measured(backend: str, seconds: float) -> Iterator[str]:
    """The lines of one backend."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-bench-")))
        site, url = Site(), stack.enter_context(stream(backend, folder))
        address = stack.enter_context(serving(site))
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
        with service(command) as pid:
            trial = Trial(site)
            trial.warm()
            began, polls, cpu = time.monotonic(), site.polls, cpu_of(pid)
            links = trial.shown(seconds)
            lasted, polls, cpu = time.monotonic() - began, site.polls - polls, cpu_of(pid) - cpu
        log = open_log(Settings.model_validate({"stream": {"url": url}, "data": {"dir": folder / "data"}}))
        found = {**steps(log), "fetched": site.fetched, "webhook": site.arrived}
        log.close()
    ways = {link: {step: at[link] for step, at in found.items() if link in at} for link in links}
    yield f"{backend}: {polls / lasted:.0f} polls/s, CPU {100 * cpu / lasted:.0f} %, load {os.getloadavg()[0]:.1f}"
    yield f"  {'seconds':22}{'p50':>9}{'p95':>9}{'p99':>9}{'most':>9}{'n':>6}"
    yield from (leg(ways, *each) for each in LEGS)
    yield leg(ways, "fetched", "alert") + f"   asked: p95 {TARGETS[backend]}"
    yield leg(ways, "fetched", "webhook")
    yield from _missing(ways)


def _missing(ways: Ways) -> Iterator[str]:
    """What has not come to a step, though to the one before."""
    for before, after in LEGS:
        if lost := [link for link, way in ways.items() if before in way and after not in way]:
            yield f"  {len(lost)} of {len(ways)} have come to {before} and not to {after}: {', '.join(lost[:3])}"


def rows(seconds: float, backends: Sequence[str] = ("sqlite", "kafka")) -> Iterator[str]:
    """The figures as lines, as they come."""
    for backend in backends:
        try:
            yield from measured(backend, seconds)
        except (Missing, TimeoutError) as reason:
            yield f"{backend}: not measured: {reason}"


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    options.add_argument("backends", nargs="*", default=["sqlite", "kafka"], choices=["sqlite", "kafka"])
    options.add_argument("--seconds", type=float, default=SECONDS)
    asked = options.parse_args()
    for line in rows(asked.seconds, asked.backends):
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
