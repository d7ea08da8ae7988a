"""`themewire feeds`: people's wishes are records on `feeds`; what became of them is read from the index."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from deploy.first_day import feed_id
from deploy.index_reader import rows
from deploy.opml import OpmlError, read_opml, write_opml
from deploy.options import CommandError, common, opened, print_json, printable, show_time
from deploy.settings import Settings
from stream.log import Log
from stream.net.guard import Blocked, parse_url
from stream.records import Feed, Poll, decode, encode
from stream.stage import Out

__all__ = ["command"]


@click.group("feeds")
def command() -> None:
    """Add, list, remove, pause, resume, import and export feeds."""


def _wishes(settings: Settings, log: Log) -> dict[str, Feed]:
    return {key: decode(value, Feed) for key, value in rows(settings, log, "feeds")}


def _find(wishes: dict[str, Feed], which: str) -> Feed:
    """The feed of an id or an address."""
    found = wishes.get(which) or wishes.get(feed_id(which))
    if found is None:
        raise CommandError(f"there is no feed {which!r}: `themewire feeds list` shows ids and addresses")
    return found


def _checked(url: str) -> str:
    try:
        parse_url(url)
    except Blocked as error:
        raise CommandError(f"{url!r} cannot be polled: {error}") from error
    return url


def _wish(log: Log, wishes: Iterable[Feed]) -> None:
    log.append([Out("feeds", wish.id, encode(wish)) for wish in wishes])


@command.command("add")
@click.argument("url")
@click.option("--title", default="", help="A name; else the feed's own.")
@click.option("--interval", type=click.FloatRange(min=1), default=None, metavar="SECONDS", help="Between polls.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common
def add(settings: Settings, url: str, title: str, interval: float | None, yes: bool) -> None:
    """Have the feed at URL polled."""
    _checked(url)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Poll {url}?", abort=True, err=True)
    with opened(settings) as log:
        known = _wishes(settings, log).get(feed_id(url))
        wish = Feed(
            id=feed_id(url),
            url=url,
            title=title or (known.title if known else ""),
            lang=known.lang if known else "",
            interval=interval if interval is not None else (known.interval if known else 0),
        )
        _wish(log, [wish])
    click.echo(f"{wish.id}  {url}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every feed, how its last poll ended and when it is polled next."""
    with opened(settings) as log:
        wishes = _wishes(settings, log)
        polls = {key: decode(value, Poll) for key, value in rows(settings, log, "polls")}
    table = [_row(wish, polls.get(key), settings.fetch.interval) for key, wish in wishes.items()]
    if as_json:
        print_json(table)
        return
    for row in table:
        error = row["error"]
        note = f"{error['kind']}: {error['message']}" if isinstance(error, dict) else f"{row['entries']} entries"
        line = f"{row['id']}  {row['state']:8}  {row['outcome'] or '-':13}  {row['url']}  {note}"
        click.echo(printable(f"{line}  next {show_time(row['next_poll'])}"))  # type: ignore[arg-type]  # ms or None


def _row(wish: Feed, poll: Poll | None, interval: float) -> dict[str, object]:
    """What `feeds list --json` says of a feed; the names are a contract."""
    state = "paused" if wish.paused else (poll.state if poll else "new")
    return {
        "id": wish.id,
        "url": wish.url,
        "title": wish.title or (poll.title if poll else ""),
        "state": state,
        "outcome": poll.outcome if poll else None,
        "error": msgspec.to_builtins(poll.error) if poll and poll.error else None,
        "entries": poll.shown if poll else 0,
        "interval": poll.interval if poll else (wish.interval or interval),
        "last_poll": poll.at if poll else None,
        "next_poll": poll.next_poll if poll and not wish.paused else None,
    }


@command.command("remove")
@click.argument("feed")
@common
def remove(settings: Settings, feed: str) -> None:
    """Stop polling a feed (an id or an address) and forget what it has shown."""
    with opened(settings) as log:
        found = _find(_wishes(settings, log), feed)
        log.append([Out("feeds", found.id, None)])
    click.echo(f"removed {found.url}")


def _pause(settings: Settings, feed: str, paused: bool) -> None:
    with opened(settings) as log:
        found = _find(_wishes(settings, log), feed)
        _wish(log, [msgspec.structs.replace(found, paused=paused)])
    click.echo(f"{'paused' if paused else 'resumed'} {found.url}")


@command.command("pause")
@click.argument("feed")
@common
def pause(settings: Settings, feed: str) -> None:
    """Stop polling a feed until it is resumed."""
    _pause(settings, feed, True)


@command.command("resume")
@click.argument("feed")
@common
def resume(settings: Settings, feed: str) -> None:
    """Poll a paused feed, or one that was gone, again."""
    _pause(settings, feed, False)


@command.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@common
def import_(settings: Settings, source: Path) -> None:
    """Add the feeds of an OPML file (`-` is standard input); those that are there stay as they are."""
    try:
        data = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        found = read_opml(data)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error
    except OpmlError as error:
        raise CommandError(str(error)) from error
    refused = []
    with opened(settings) as log:
        known = _wishes(settings, log)
        new = {}
        for url, title in found:
            try:
                parse_url(url)
            except Blocked as error:
                refused.append(f"{url}: {error}")
                continue
            if feed_id(url) not in known:
                new[feed_id(url)] = Feed(id=feed_id(url), url=url, title=title)
        _wish(log, new.values())
    for line in refused:
        click.echo(printable(f"left out {line}"), err=True)
    click.echo(f"{len(new)} feeds added, {len(found) - len(new) - len(refused)} were there, {len(refused)} left out")


@command.command("export")
@common
def export(settings: Settings) -> None:
    """Print all feeds as OPML."""
    with opened(settings) as log:
        click.echo(write_opml(_wishes(settings, log).values()), nl=False)
