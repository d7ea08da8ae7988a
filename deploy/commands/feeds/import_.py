"""`themewire feeds import`."""

import sys
from pathlib import Path

import click

from deploy.commands.feeds.feed_records import put_feeds, read_feeds
from deploy.opml import read_opml
from deploy.options import CommandError, common, opened, printable
from deploy.running.feed_address import BadAddress, checked_url
from deploy.running.first_day import feed_id
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.records import Feed

__all__ = ["command"]


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@common
def command(settings: Settings, source: Path) -> None:
    """Add the feeds of an OPML file.

    FILE may be `-` for standard input. Feeds that exist already stay as they are.
    """
    try:
        data = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error
    found = read_opml(data)
    refused, new = [], {}
    with opened(settings) as log:
        known = read_feeds(settings, log)
        for address, title in found.feeds:
            try:
                url = checked_url(address)
            except BadAddress as error:
                refused.append(str(error))
                continue
            if feed_id(url) not in known:
                new[feed_id(url)] = Feed(id=feed_id(url), url=url, title=title)
        put_feeds(log, new.values())
    for warning in found.warnings:
        click.echo(printable(f"warning: {source}: {warning}"), err=True)
    for sentence in refused:
        click.echo(printable(f"skipped: {sentence}"), err=True)
    known_before = len(found.feeds) - len(new) - len(refused)
    click.echo(f"{plural(len(new), 'feed')} added, {known_before} already there, {len(refused)} skipped")
