"""`themewire why-not`."""

import click

from deploy.inspect.alert_steps import Step
from deploy.inspect.index_reader import index
from deploy.inspect.one_item import index_is_near, one_item
from deploy.inspect.why_not import why_not
from deploy.options import common, opened, print_json, printable
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import read_table
from stream.themes.saved import every_theme

__all__ = ["command"]

DETAILS = ("feed", "no feed")  # what "never seen" has said already
ALONE = Step(
    "one partition",
    "there is no up-to-date index on this machine, so only the item's own partition of each topic was read: an item "
    "that was first seen under another link is found by its id only",
)


@click.command("why-not")
@click.argument("link", metavar="URL")
@click.option("--details", is_flag=True, help="List the feeds of the link's site, too, where the link was never seen.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all details.")
@common
def command(settings: Settings, link: str, details: bool, as_json: bool) -> None:
    """Explain what happened to URL (or an item's id): why it was or was not delivered.

    Each line is a step on its way from the feeds to each subscription; the last ones say why somebody heard nothing.
    """
    with opened(settings) as log:
        subscriptions = read_table(log, topics.SUBSCRIPTIONS)
        themes = every_theme(log)
        if index_is_near(settings, log):
            with index(settings, log) as rows:
                steps = why_not(link, rows, log, themes, subscriptions)
        else:
            steps = [ALONE, *why_not(link, one_item(log, link, themes), log, themes, subscriptions)]
    if as_json:
        print_json({"url": link, "steps": [{"what": s.what, "text": s.text, **s.facts} for s in steps]})
        return
    for step in steps:
        if details or step.what not in DETAILS:
            click.echo(printable(step.text))
