"""`themewire feeds held`: what was held back."""

from collections.abc import Iterator

import click
import msgspec

from deploy.commands.feeds.feed_records import find_feed, read_feeds
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.records import Item

__all__ = ["command"]


@click.command("held")
@click.argument("feed", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, feed: str | None, as_json: bool) -> None:
    """List old items that arrived in bulk and were held back.

    Of all feeds, or of one: FEED is an id, an address or a title. `themewire feeds release FEED` publishes them.
    """
    with opened(settings) as log:
        feeds = read_feeds(settings, log)
        wanted = find_feed(settings, log, feed).id if feed else None
        table = log.rows("collect", "held")
    count = 0
    for of, item in _items(table):
        if wanted and of != wanted:
            continue
        count += 1
        if as_json:
            url = feeds[of].url if of in feeds else ""
            row = {"feed": of, "feed_url": url, "id": item.id, "title": item.title, "url": item.url}
            print_json({**row, "published": item.published})
        else:
            click.echo(printable(f"{of}  {show_time(item.published)}  {item.title}  {item.url}"))
    if count and not as_json:
        click.echo(f"{plural(count, 'item')} held back; `themewire feeds release FEED` publishes them", err=True)


def _items(table: dict[str, bytes]) -> Iterator[tuple[str, Item]]:
    """(feed id, item) of each that is held back."""
    for key, value in sorted(table.items()):
        for item in msgspec.json.decode(value, type=list[Item]):
            yield key.partition("/")[0], item
