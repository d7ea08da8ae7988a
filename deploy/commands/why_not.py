"""`themewire why-not`."""

import click

from deploy.index_reader import index
from deploy.options import common, opened, print_json, printable
from deploy.settings import Settings
from deploy.whynot import why_not
from deploy.wiring import theme_ids
from stream.view import View

__all__ = ["command"]


@click.command("why-not")
@click.argument("link", metavar="URL")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, link: str, as_json: bool) -> None:
    """Say what became of URL (or of an item's id): from the feeds to each subscription.

    Each line is a step; where somebody heard nothing, the last ones say why.
    """
    with opened(settings) as log:
        view = View(log.reader(["subscriptions"]))
        view.close()
        with index(settings, log) as rows:
            steps = why_not(link, rows, log, theme_ids(settings), view.rows)
    if as_json:
        print_json({"url": link, "steps": [{"what": s.what, "text": s.text, **s.facts} for s in steps]})
        return
    for step in steps:
        click.echo(printable(step.text))
