"""`themewire models list`."""

import click

from classifiers.registry import ModelRegistry
from deploy.commands.models.model_row import model_row
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """List all models, the serving one first."""

    with opened(settings) as log:
        registry = ModelRegistry(log)
    table = [model_row(model, registry.serving) for model in registry.records]
    if as_json:
        print_json(table)
        return
    for model, row in zip(registry.records, table, strict=True):
        what = "serving" if row["serving"] else model.note or ("served before" if model.promoted_at else "not promoted")
        click.echo(printable(f"{model.id}  {show_time(model.trained_at)}  {plural(model.examples, 'example')}  {what}"))
    for key, why in registry.unreadable.items():
        click.echo(printable(f"{key}  cannot be read: {why}"), err=True)
