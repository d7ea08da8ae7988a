"""`themewire models list`."""

import click

from classifiers.registry import Shelf
from deploy.commands.models.model_row import model_row
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Show every model, the one that serves first."""

    with opened(settings) as log:
        shelf = Shelf(log)
    table = [model_row(model, shelf.serving) for model in shelf.records]
    if as_json:
        print_json(table)
        return
    for model, row in zip(shelf.records, table, strict=True):
        what = "serves" if row["serving"] else model.note or ("served" if model.promoted_at else "not promoted")
        click.echo(printable(f"{model.id}  {show_time(model.trained_at)}  {model.examples} examples  {what}"))
    for key, why in shelf.unreadable.items():
        click.echo(printable(f"{key}  cannot be read: {why}"), err=True)
