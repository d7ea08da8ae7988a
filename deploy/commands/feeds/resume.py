"""`themewire feeds resume`."""

import click

from deploy.commands.feeds.feed_records import change_feed
from deploy.options import common
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("resume")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Resume polling a feed that was paused, or that was gone.

    FEED is an id, an address or a title.
    """
    click.echo(f"resumed {change_feed(settings, feed, paused=False).url}")
