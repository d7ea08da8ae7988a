"""`themewire models promote`."""

import click

from classifiers.registry import ModelRegistry
from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("promote")
@click.argument("model")
@click.option("--force", is_flag=True, help="Promote it even if the promotion gate refused it.")
@common
def command(settings: Settings, model: str, force: bool) -> None:
    """Make another model the serving one.

    MODEL is an id or the beginning of one. Every running tagger switches to it within seconds.
    """

    with opened(settings) as log:
        record = ModelRegistry(log).promote(model, clock(), force)
    click.echo(f"{record.id} is serving")
