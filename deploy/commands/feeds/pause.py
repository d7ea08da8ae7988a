"""`themewire feeds pause`."""

import click

from deploy.commands.feeds.feed_records import change_feed
from deploy.options import common
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("pause")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Stop polling a feed until it is resumed.

    FEED is an id, an address or a title.
    """
    click.echo(f"paused {change_feed(settings, feed, paused=True).url}")
