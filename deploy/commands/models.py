"""`themewire models`."""

import click
import msgspec

from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.records import ModelRecord

__all__ = ["command"]


@click.group("models")
def command() -> None:
    """List and show the models that were trained, promote one, or roll back to the one before."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every model, the one that serves first."""
    from classifiers.registry import Shelf

    with opened(settings) as log:
        shelf = Shelf(log)
    table = [_row(model, shelf.serving) for model in shelf.records]
    if as_json:
        print_json(table)
        return
    for model, row in zip(shelf.records, table, strict=True):
        what = "serves" if row["serving"] else model.note or ("served" if model.promoted_at else "not promoted")
        click.echo(printable(f"{model.id}  {show_time(model.trained_at)}  {model.examples} examples  {what}"))
    for key, why in shelf.unreadable.items():
        click.echo(printable(f"{key}  cannot be read: {why}"), err=True)


def _row(model: ModelRecord, serving: ModelRecord | None) -> dict[str, object]:
    return {
        "id": model.id,
        "serving": serving is not None and model.id == serving.id,
        "promoted_at": model.promoted_at or None,
        "trained_at": model.trained_at or None,
        "note": model.note,
        "training_hash": model.training_hash,
        "weights_hash": model.weights_hash,
        "bytes": len(model.data),
        "examples": model.examples,
        "labels": model.labels,
    }


@command.command("show")
@click.argument("model", default="", required=False)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def show(settings: Settings, model: str, as_json: bool) -> None:
    """Show the card of a model, by its id or how that begins; by default of the one that serves."""
    from classifiers.measuring.drift import LINE, WINDOW
    from classifiers.registry import Shelf
    from deploy.running.drift_watch import drift_of

    with opened(settings) as log:
        shelf = Shelf(log)
        record = shelf.find(model or (shelf.serving.id if shelf.serving else ""))
        drift = drift_of(log, record.id)
    if as_json:
        rest: dict[str, object] = {
            "evaluation": record.evaluation,
            "versions": record.versions,
            "gate": record.gate,
            "card": record.card,
        }
        rest["drift"] = drift
        print_json({**_row(record, shelf.serving), **msgspec.to_builtins(rest)})
    else:
        click.echo(printable(record.card, keep="\n"))
        click.echo("## Drift\n")
        if drift is None:
            click.echo(f"It takes {2 * WINDOW} judged items to tell.")
            return
        for name, value in drift.values.items():
            click.echo(f"- {name}: {value:.3f}{' (much)' if value > LINE else ''}")
        click.echo(printable(f"- sources that grew: {', '.join(drift.sources) or 'none'}"))


@command.command("promote")
@click.argument("model")
@click.option("--force", is_flag=True, help="Also one that the gate refused.")
@common
def promote(settings: Settings, model: str, force: bool) -> None:
    """Let a model serve, by its id or how that begins; every tagger switches within seconds."""
    from classifiers.registry import Shelf

    with opened(settings) as log:
        record = Shelf(log).promote(model, clock(), force)
    click.echo(f"{record.id} serves")


@command.command("rollback")
@common
def rollback(settings: Settings) -> None:
    """Let the model serve that served before; the one that goes is never promoted again by itself."""
    from classifiers.registry import Shelf

    with opened(settings) as log:
        gone, serving = Shelf(log).roll_back(clock())
    click.echo(f"{serving.id} serves again, and {gone.id} does not")
