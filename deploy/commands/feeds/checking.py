"""`themewire feeds check`: polls all feeds once, now, and stores nothing."""

import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from collectors.deciding.clean_text import TITLE_CHARACTERS, clean
from collectors.poll_result import PollRequest
from collectors.sources.look import Look, PageSeen, SourceSeen
from deploy.commands.feeds.looking import Looker, newest
from deploy.commands.feeds.wishes import find, last_polls, read_wishes
from deploy.options import CommandError, common, opened, print_json, printable, show_time
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.net.guard import Blocked, parse_url
from stream.records import Failure, Feed

__all__ = ["check"]


@dataclass(frozen=True)
class _Target:
    """A feed, and where it is polled."""

    wish: Feed
    url: str

    @property
    def request(self) -> PollRequest:
        """Its first poll."""
        feed = self.wish
        return PollRequest(
            url=self.url,
            given_url=feed.url if feed.url != self.url else "",
            credentials=feed.credentials,
            kind=feed.kind,
            options=feed.options,
        )


@click.command("check")
@click.argument("feeds", metavar="[FEED]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def check(settings: Settings, feeds: tuple[str, ...], as_json: bool) -> None:
    """Poll all feeds that are not paused, or these (ids or addresses), once now, and show how that ends.

    Nothing is stored. It exits with 1 if any of them cannot be read.
    """
    targets = _targets(settings, feeds)
    if not targets and not as_json:
        click.echo("there are no feeds to check", err=True)
    looks = _looked(settings, targets)
    rows = [_row(target, looks[target.wish.id]) for target in targets]
    if as_json:
        print_json(rows)
    elif rows:
        _print(rows)
    if failed := sum(row["error"] is not None for row in rows):
        raise CommandError(f"{failed} of {len(rows)} feeds cannot be read")


def _targets(settings: Settings, named: tuple[str, ...]) -> list[_Target]:
    with opened(settings) as log:
        wishes, polls = read_wishes(settings, log), last_polls(settings, log)
    chosen = {w.id: w for w in (find(wishes, which) for which in named)} if named else wishes
    wanted = [wish for wish in chosen.values() if named or not wish.paused]
    return [_Target(w, (polls[w.id].moved_to if w.id in polls else "") or w.url) for w in wanted]


def _looked(settings: Settings, targets: Iterable[_Target]) -> dict[str, Look]:
    """What is there, by feed id: many hosts at once, and the feeds of one host in turn, with the gap between them."""
    hosts: dict[str, list[_Target]] = {}
    for target in targets:
        hosts.setdefault(_host(target.url), []).append(target)
    stopped, done = threading.Event(), _Progress(sum(map(len, hosts.values())))
    fetch, found = settings.fetch, dict[str, Look]()
    with ThreadPoolExecutor(fetch.concurrency) as threads, Looker(settings, fetch.deadline, fetch.parsers) as looker:

        def in_turn(of_host: list[_Target]) -> dict[str, Look]:
            looks: dict[str, Look] = {}
            for target in of_host:
                if looks and stopped.wait(fetch.host_gap):
                    break
                looks[target.wish.id] = looker.look(target.request)
                done.one_more()
            return looks

        try:
            for future in as_completed([threads.submit(in_turn, of_host) for of_host in hosts.values()]):
                found.update(future.result())
        except BaseException:
            stopped.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            done.end()
    return found


def _host(url: str) -> str:
    try:
        return parse_url(url).host
    except Blocked:
        return url  # the look will say so


class _Progress:
    """How many are done, on a terminal; nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._shown = sys.stderr.isatty() and total > 0
        self._lock = threading.Lock()

    def one_more(self) -> None:
        with self._lock:
            self._done += 1
            if self._shown:
                click.echo(f"\r{self._done} of {self._total} feeds looked at", nl=False, err=True)

    def end(self) -> None:
        if self._shown:
            click.echo("\r" + " " * 60 + "\r", nl=False, err=True)


def _row(target: _Target, seen: Look) -> dict[str, object]:
    """What `feeds check --json` says of a feed."""
    parsed = seen.parsed if isinstance(seen, SourceSeen) else None
    failure = None if isinstance(seen, SourceSeen) else seen.failure
    if failure and isinstance(seen, PageSeen) and seen.links:
        failure = Failure(failure.kind, f"{failure.message}, which names the feed {seen.links[0].url}")
    dates = newest(parsed, clock()) if parsed else []
    return {
        "id": target.wish.id,
        "url": target.url,
        "title": target.wish.title or (clean(parsed.title, TITLE_CHARACTERS) if parsed else ""),
        "outcome": failure.kind if failure else "ok",
        "error": msgspec.to_builtins(failure) if failure else None,
        "entries": len(parsed.entries) if parsed else 0,
        "newest": dates[0][0] if dates else None,
        "seconds": round(seen.seconds, 3),
        "warnings": list(parsed.warnings) if parsed else [],
    }


def _print(rows: Iterable[dict[str, Any]]) -> None:
    """The table for people."""
    click.echo(f"{'outcome':13}  {'entries':>7}  {'seconds':>7}  {'newest':19}  feed")
    for row in rows:
        note = f"  {row['error']['kind']}: {row['error']['message']}" if row["error"] else ""
        note += "".join(f"  warning: {warning}" for warning in row["warnings"])
        numbers = f"{row['outcome']:13}  {row['entries']:>7}  {row['seconds']:>7.2f}  {show_time(row['newest']):19}"
        click.echo(printable(f"{numbers}  {row['url']}{note}"))
