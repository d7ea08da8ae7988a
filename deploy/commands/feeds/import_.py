"""`themewire feeds import`."""

import sys
from pathlib import Path

import click

from deploy.commands.feeds.feed_records import read_feeds
from deploy.feeds.wishes import from_opml
from deploy.options import CommandError, common, opened, printable
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.feeds.saved import save_feeds

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
    with opened(settings) as log:
        found = from_opml(data, read_feeds(settings, log))
        save_feeds(log, found.new)
    for warning in found.warnings:
        click.echo(printable(f"warning: {source}: {warning}"), err=True)
    for sentence in found.refused:
        click.echo(printable(f"skipped: {sentence}"), err=True)
    click.echo(f"{plural(len(found.new), 'feed')} added, {found.known} already there, {len(found.refused)} skipped")
