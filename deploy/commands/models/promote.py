"""`themewire models promote`."""

import click

from classifiers.registry import Shelf
from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("promote")
@click.argument("model")
@click.option("--force", is_flag=True, help="Also one that the gate refused.")
@common
def command(settings: Settings, model: str, force: bool) -> None:
    """Let a model serve, by its id or how that begins; every tagger switches within seconds."""

    with opened(settings) as log:
        record = Shelf(log).promote(model, clock(), force)
    click.echo(f"{record.id} serves")
