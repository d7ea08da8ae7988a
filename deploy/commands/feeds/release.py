"""`themewire feeds release`."""

import click

from deploy.commands.feeds.feed_records import change
from deploy.options import common
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("release")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Let everything through that was held back of a feed until now; the collectors do it."""
    click.echo(f"released {change(settings, feed, released=clock()).url}")
