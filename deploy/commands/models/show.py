"""`themewire models show`."""

import click
import msgspec

from classifiers.measuring.drift import LINE, WINDOW
from classifiers.registry import ModelRegistry
from deploy.commands.models.model_row import model_row
from deploy.options import common, opened, print_json, printable
from deploy.running.drift_watch import drift_of
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("show")
@click.argument("model", default="", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def command(settings: Settings, model: str, as_json: bool) -> None:
    """Show the card of a model: what it was made from, how good it is, how far its input has drifted.

    MODEL is an id or the beginning of one, by default the serving model.
    """

    with opened(settings) as log:
        registry = ModelRegistry(log)
        record = registry.find(model or (registry.serving.id if registry.serving else ""))
        drift = drift_of(log, record.id)
    if as_json:
        rest: dict[str, object] = {
            "evaluation": record.evaluation,
            "versions": record.versions,
            "checks": record.checks,
            "card": record.card,
        }
        rest["drift"] = drift
        print_json({**model_row(record, registry.serving), **msgspec.to_builtins(rest)})
    else:
        click.echo(printable(record.card, keep="\n"))
        click.echo("## Drift\n")
        if drift is None:
            click.echo(f"It takes {2 * WINDOW} classified items to tell.")
            return
        for name, value in drift.values.items():
            click.echo(f"- {name}: {value:.3f}{' (high)' if value > LINE else ''}")
        click.echo(printable(f"- sources with a growing share: {', '.join(drift.sources) or 'none'}"))
