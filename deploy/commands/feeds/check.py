"""`themewire feeds check`: polls all feeds once, now, and stores nothing."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from collectors.deciding.text.clean import TITLE_CHARACTERS, clean
from collectors.poll_result import PollRequest
from collectors.sources.look import Look, PageSeen, SourceSeen
from collectors.sources.registry import SCHEMES
from deploy.commands.feeds.feed_records import find_feed, last_polls, read_feeds
from deploy.feeds.looker import Looker, newest
from deploy.options import CommandError, common, opened, print_json, printable, show_time
from deploy.progress import progress
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.net.guard import Blocked, parse_url
from stream.records import Failure, Feed

__all__ = ["command"]


@dataclass(frozen=True)
class _Target:
    """A feed, and where it is polled."""

    feed: Feed
    url: str

    @property
    def request(self) -> PollRequest:
        """Its first poll."""
        feed = self.feed
        return PollRequest(
            url=self.url,
            given_url=feed.url if feed.url != self.url else "",
            credentials=feed.credentials,
            kind=feed.kind,
            options=feed.options,
        )


@click.command("check")
@click.argument("feeds", metavar="[FEED]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@common
def command(settings: Settings, feeds: tuple[str, ...], as_json: bool) -> None:
    """Fetch feeds now and report which of them work; nothing is stored.

    Checks each FEED given (an id, address or title), or all feeds that are not paused. Exits with status 1 if any of
    them cannot be read.
    """
    targets = _targets(settings, feeds)
    if not targets and not as_json:
        click.echo("there are no feeds to check", err=True)
    looks = _looked(settings, targets)
    rows = [_row(target, looks[target.feed.id]) for target in targets]
    if as_json:
        print_json(rows)
    elif rows:
        _print(rows)
    if failed := sum(row["error"] is not None for row in rows):
        raise CommandError(f"{failed} of {plural(len(rows), 'feed')} cannot be read")


def _targets(settings: Settings, named: tuple[str, ...]) -> list[_Target]:
    with opened(settings) as log:
        feeds, polls = read_feeds(settings, log), last_polls(settings, log)
        chosen = {feed.id: feed for feed in (find_feed(settings, log, which) for which in named)} if named else feeds
    wanted = [feed for feed in chosen.values() if named or not feed.paused]
    return [_Target(feed, (polls[feed.id].moved_to if feed.id in polls else "") or feed.url) for feed in wanted]


def _looked(settings: Settings, targets: Iterable[_Target]) -> dict[str, Look]:
    """What is there, by feed id: many hosts at once, and the feeds of one host in turn, with the gap between them."""
    hosts: dict[str, list[_Target]] = {}
    for target in targets:
        hosts.setdefault(_host(target.url), []).append(target)
    stopped, lock = threading.Event(), threading.Lock()
    fetch, found = settings.fetch, dict[str, Look]()
    with (
        ThreadPoolExecutor(fetch.concurrency) as threads,
        Looker(settings, fetch.deadline, fetch.parsers) as looker,
        progress(sum(map(len, hosts.values())), "checking feeds") as done,
    ):

        def in_turn(of_host: list[_Target]) -> dict[str, Look]:
            looks: dict[str, Look] = {}
            for target in of_host:
                if looks and stopped.wait(fetch.host_gap):
                    break
                looks[target.feed.id] = looker.look(target.request)
                with lock:
                    done(1)
            return looks

        try:
            for future in as_completed([threads.submit(in_turn, of_host) for of_host in hosts.values()]):
                found.update(future.result())
        except BaseException:
            stopped.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    return found


def _host(url: str) -> str:
    try:
        return parse_url(url, SCHEMES).host
    except Blocked:
        return url  # the look will say so


def _row(target: _Target, seen: Look) -> dict[str, object]:
    """What `feeds check --json` says of a feed."""
    parsed = seen.parsed if isinstance(seen, SourceSeen) else None
    failure = None if isinstance(seen, SourceSeen) else seen.failure
    if failure and isinstance(seen, PageSeen) and seen.links:
        failure = Failure(failure.kind, f"{failure.message}, which names the feed {seen.links[0].url}")
    dates = newest(parsed, clock()) if parsed else []
    return {
        "id": target.feed.id,
        "url": target.url,
        "title": target.feed.title or (clean(parsed.title, TITLE_CHARACTERS) if parsed else ""),
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
