"""`themewire train`."""

import click

from deploy.first_day import serve_model, train_model
from deploy.options import common, opened, print_json
from deploy.settings import Settings

__all__ = ["command"]


@click.command("train")
@click.option("--dry-run", is_flag=True, help="Train, and let nothing serve.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, dry_run: bool, as_json: bool) -> None:
    """Train the model from the seeds, and let it serve."""
    if dry_run:  # needs no stream
        model = train_model(settings)
    else:
        with opened(settings) as log:
            model = train_model(settings)
            serve_model(log, model)
    if as_json:
        print_json(
            {
                "model_id": model.id,
                "training_hash": model.training_hash,
                "weights_hash": model.weights_hash,
                "promoted": not dry_run,
                "evaluation": model.evaluation,
            }
        )
    else:
        click.echo(f"{model.id} {'was not promoted (dry run)' if dry_run else 'serves'}")
