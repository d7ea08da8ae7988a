"""`themewire models`."""

import click

from classifiers.promoted import promoted
from deploy.options import common, opened, print_json, show_time
from deploy.settings import Settings
from stream.view import View

__all__ = ["command"]


@click.group("models")
def command() -> None:
    """List the models that were trained."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every model, the one that serves first."""
    with opened(settings) as log:
        view = View(log.reader(["models"]))
        models = promoted(view.rows)
        view.close()
    table = [
        {
            "id": model.id,
            "serving": n == 0,
            "promoted_at": model.promoted_at,
            "training_hash": model.training_hash,
            "weights_hash": model.weights_hash,
            "bytes": len(model.data),
        }
        for n, model in enumerate(models)
    ]
    if as_json:
        print_json(table)
        return
    for row in table:
        serves = "serves " if row["serving"] else "       "
        click.echo(f"{row['id']}  {serves}  {show_time(int(str(row['promoted_at'])))}  {row['bytes']} bytes")
