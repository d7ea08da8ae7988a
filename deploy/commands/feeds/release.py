"""`themewire feeds release`."""

import click

from deploy.commands.feeds.feed_records import change_feed
from deploy.options import common
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("release")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Publish all items of a feed that have been held back until now.

    A running collector does it within seconds. FEED is an id, an address or a title.
    """
    click.echo(f"released what was held back of {change_feed(settings, feed, released=clock()).url}")
