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
    """Stop polling FEED (an id, address or title) until it is resumed."""
    click.echo(f"paused {change_feed(settings, feed, paused=True).url}")
