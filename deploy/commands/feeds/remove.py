"""`themewire feeds remove`."""

import click

from deploy.commands.feeds.feed_records import find_feed
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.records import Out

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
        log.append([Out(topics.FEEDS, found.id, None)])
    click.echo(f"removed {found.url}")
