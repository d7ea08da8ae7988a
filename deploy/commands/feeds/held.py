"""`themewire feeds held`: what was held back."""

import click
import msgspec

from deploy.commands.feeds.feed_records import find, read_wishes
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from stream.records import Item

__all__ = ["command"]


@click.command("held")
@click.argument("feed", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def command(settings: Settings, feed: str | None, as_json: bool) -> None:
    """List what was held back, of one feed (an id or an address) or of all; `release` lets it through."""
    with opened(settings) as log:
        wishes = read_wishes(settings, log)
        wanted = find(wishes, feed).id if feed else None
        table = log.rows("collect", "held")
    count = 0
    for key, value in sorted(table.items()):
        of = key.partition("/")[0]
        if wanted and of != wanted:
            continue
        url = wishes[of].url if of in wishes else ""
        for item in msgspec.json.decode(value, type=list[Item]):
            count += 1
            row = {"feed": of, "feed_url": url, "id": item.id, "title": item.title, "url": item.url}
            if as_json:
                print_json({**row, "published": item.published})
            else:
                click.echo(printable(f"{of}  {show_time(item.published)}  {item.title}  {item.url}"))
    if count and not as_json:
        click.echo(f"{count} held back: `themewire feeds release FEED` lets them through", err=True)
