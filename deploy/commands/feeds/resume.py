"""`themewire feeds resume`."""

import click

from deploy.commands.feeds.feed_records import change
from deploy.options import common
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("resume")
@click.argument("feed")
@common
def command(settings: Settings, feed: str) -> None:
    """Poll a paused feed, or one that was gone, again."""
    click.echo(f"resumed {change(settings, feed, paused=False).url}")
