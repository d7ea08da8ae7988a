"""`themewire feeds export`."""

import click

from deploy.commands.feeds.feed_records import read_feeds
from deploy.feeds.opml import write_opml
from deploy.options import common, opened
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("export")
@common
def command(settings: Settings) -> None:
    """Print all feeds as OPML, which any feed reader can import."""
    with opened(settings) as log:
        click.echo(write_opml(read_feeds(settings, log).values()), nl=False)
