"""`themewire feeds remove`."""

import click

from deploy.commands.feeds.feed_records import find, read_wishes
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.records import Out

__all__ = ["command"]


@click.command("remove")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Stop polling a feed (an id or an address) and forget what it has shown."""
    with opened(settings) as log:
        found = find(read_wishes(settings, log), feed)
        log.append([Out(topics.FEEDS, found.id, None)])
    click.echo(f"removed {found.url}")
