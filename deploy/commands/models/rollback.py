"""`themewire models rollback`."""

import click

from classifiers.registry import ModelRegistry
from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("rollback")
@common
def command(settings: Settings) -> None:
    """Return to the model that served before.

    The one that is replaced will not be promoted again automatically.
    """

    with opened(settings) as log:
        gone, serving = ModelRegistry(log).roll_back(clock())
    click.echo(f"{serving.id} is serving again, in place of {gone.id}")
