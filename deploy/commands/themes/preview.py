"""`themewire themes preview`."""

from collections.abc import Sequence

import click

from deploy.inspect.index_reader import index, items
from deploy.options import CommandError, common, opened, print_json, printable, show_time, span
from deploy.progress import progress
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.index.stage import ItemDoc
from stream.themes.saved import find_theme

__all__ = ["command"]

SHOWN = 20


@click.command("preview")
@click.argument("theme", metavar="ID")
@click.option("--since", callback=span, default="7d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def command(settings: Settings, theme: str, since: int, as_json: bool) -> None:
    """Show which items of the last days a theme of your own would have tagged; nothing is sent."""
    from deploy.inspect.theme_search import would_tag  # only now: numpy takes a while to load

    with opened(settings) as log:
        found = find_theme(log, theme)
        if not found.head:
            raise CommandError(f"{theme} has not been learnt yet: `themewire train` does it now")
        with index(settings, log) as rows:
            docs = [doc for doc in items(rows) if doc.item.first_seen >= clock() - since]
    with progress(len(docs), "classifying") as done:
        sure, others = would_tag(found, docs, done)
    if as_json:
        print_json({"theme": theme, "items": len(docs), "sure": _rows(sure), "unsure": _rows(others)})
        return
    click.echo(f"of {plural(len(docs), 'item')}, {len(sure)} would alert surely, and {len(others)} more unsurely")
    for doc, value in [*sure, *others][:SHOWN]:
        what = "sure" if (doc, value) in sure else "unsure"
        where = doc.item.url or doc.item.id
        click.echo(printable(f"  {what:6}  {value:.2f}  {show_time(doc.item.first_seen)}  {doc.item.title}  {where}"))


def _rows(found: Sequence[tuple[ItemDoc, float]]) -> list[dict[str, object]]:
    return [{"item": d.item.id, "title": d.item.title, "url": d.item.url, "probability": value} for d, value in found]
