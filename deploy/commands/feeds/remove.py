"""`themewire feeds remove`."""

import click

from deploy.commands.feeds.feed_records import find_feed
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.feeds.saved import remove_feed

__all__ = ["command"]


@click.command("remove")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Remove a feed and forget which of its items were seen.

    FEED is an id, an address or a title.
    """
    with opened(settings) as log:
        found = find_feed(settings, log, feed)
        remove_feed(log, found.id)
    click.echo(f"removed {found.url}")
