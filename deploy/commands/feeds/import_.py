"""`themewire feeds import`."""

import sys
from pathlib import Path

import click

from deploy.commands.feeds.feed_records import add_wishes, checked, read_wishes
from deploy.opml import read_opml
from deploy.options import CommandError, common, opened, printable
from deploy.running.first_day import feed_id
from deploy.settings.model import Settings
from stream.records import Feed

__all__ = ["command"]


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@common
def command(settings: Settings, source: Path) -> None:
    """Add the feeds of an OPML file (`-` is standard input); those that are there stay as they are."""
    try:
        data = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
        found = read_opml(data)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error
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
