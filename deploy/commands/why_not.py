"""`themewire why-not`."""

import click

from deploy.inspect.index_reader import index
from deploy.inspect.one_item import index_is_near, one_item
from deploy.inspect.why_not import Step, why_not
from deploy.options import common, opened, print_json, printable
from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import read_table

__all__ = ["command"]

ALONE = Step(
    "one partition",
    "no index that is up to date is on this machine, so of each topic only the partition of this item was read: an "
    "item that was first seen under another link is found by its id alone",
)


@click.command("why-not")
@click.argument("link", metavar="URL")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, link: str, as_json: bool) -> None:
    """Say what became of URL (or of an item's id): from the feeds to each subscription.

    Each line is a step; where somebody heard nothing, the last ones say why.
    """
    with opened(settings) as log:
        subscriptions = read_table(log, topics.SUBSCRIPTIONS)
        themes = theme_ids(settings)
        if index_is_near(settings, log):
            with index(settings, log) as rows:
                steps = why_not(link, rows, log, themes, subscriptions)
        else:
            steps = [ALONE, *why_not(link, one_item(log, link, themes), log, themes, subscriptions)]
    if as_json:
        print_json({"url": link, "steps": [{"what": s.what, "text": s.text, **s.facts} for s in steps]})
        return
    for step in steps:
        click.echo(printable(step.text))
