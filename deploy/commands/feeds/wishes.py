"""The wishes themselves: read, found, changed, and taken in and out as OPML."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from collectors.parsing.discover import web_address
from deploy.inspect.index_reader import rows
from deploy.opml import OpmlError, read_opml, write_opml
from deploy.options import CommandError, common, opened, printable
from deploy.running.first_day import feed_id
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.net.guard import Blocked, parse_url
from stream.records import Feed, Poll, decode, encode

__all__ = [
    "add_wishes",
    "checked",
    "export",
    "find",
    "import_",
    "last_polls",
    "pause",
    "read_wishes",
    "release",
    "remove",
    "resume",
]


def read_wishes(settings: Settings, log: Log) -> dict[str, Feed]:
    """Every wish by the feed's id."""
    return {key: decode(value, Feed) for key, value in rows(settings, log, "feeds")}


def last_polls(settings: Settings, log: Log) -> dict[str, Poll]:
    """The last poll of each feed, by its id."""
    return {key: decode(value, Poll) for key, value in rows(settings, log, "polls")}


def add_wishes(log: Log, wishes: Iterable[Feed]) -> None:
    """Puts them on `feeds`, in the place of older ones of the same feeds."""
    log.append([Out(topics.FEEDS, wish.id, encode(wish)) for wish in wishes])


def find(wishes: dict[str, Feed], which: str) -> Feed:
    """The feed of an id or an address."""
    found = wishes.get(which) or wishes.get(feed_id(which)) or wishes.get(feed_id(web_address(which)))
    if found is None:
        raise CommandError(f"there is no feed {which!r}: `themewire feeds list` shows ids and addresses")
    return found


def checked(url: str) -> str:
    """The address on the web, if it can be polled; a password in it would be told to every reader."""
    url = web_address(url.strip())
    try:
        target = parse_url(url)
    except Blocked as error:
        raise CommandError(f"{re.sub('//[^/]*@', '//', url)!r} cannot be polled: {error}") from error
    if target.userinfo:
        raise CommandError(
            f"{target.url} is given with a user's name or password, which would stand in the records: "
            "leave them out of the address and use --credentials"
        )
    return url


@click.command("remove")
@click.argument("feed")
@common
def remove(settings: Settings, feed: str) -> None:
    """Stop polling a feed (an id or an address) and forget what it has shown."""
    with opened(settings) as log:
        found = find(read_wishes(settings, log), feed)
        log.append([Out(topics.FEEDS, found.id, None)])
    click.echo(f"removed {found.url}")


def _change(settings: Settings, feed: str, **changes: object) -> Feed:
    with opened(settings) as log:
        found = find(read_wishes(settings, log), feed)
        add_wishes(log, [msgspec.structs.replace(found, **changes)])
    return found


@click.command("pause")
@click.argument("feed")
@common
def pause(settings: Settings, feed: str) -> None:
    """Stop polling a feed until it is resumed."""
    click.echo(f"paused {_change(settings, feed, paused=True).url}")


@click.command("resume")
@click.argument("feed")
@common
def resume(settings: Settings, feed: str) -> None:
    """Poll a paused feed, or one that was gone, again."""
    click.echo(f"resumed {_change(settings, feed, paused=False).url}")


@click.command("release")
@click.argument("feed")
@common
def release(settings: Settings, feed: str) -> None:
    """Let everything through that was held back of a feed until now; the collectors do it."""
    click.echo(f"released {_change(settings, feed, released=clock()).url}")


@click.command("import")
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
    refused, new = [], {}
    with opened(settings) as log:
        known = read_wishes(settings, log)
        for address, title in found.feeds:
            try:
                url = checked(address)
            except CommandError as error:
                refused.append(str(error))
                continue
            if feed_id(url) not in known:
                new[feed_id(url)] = Feed(id=feed_id(url), url=url, title=title)
        add_wishes(log, new.values())
    for warning in found.warnings:
        click.echo(printable(f"warning: {source}: {warning}"), err=True)
    for sentence in refused:
        click.echo(printable(f"left out: {sentence}"), err=True)
    click.echo(
        f"{len(new)} feeds added, {len(found.feeds) - len(new) - len(refused)} were there, {len(refused)} left out"
    )


@click.command("export")
@common
def export(settings: Settings) -> None:
    """Print all feeds as OPML."""
    with opened(settings) as log:
        click.echo(write_opml(read_wishes(settings, log).values()), nl=False)
