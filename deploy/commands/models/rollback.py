"""`themewire models rollback`."""

import click

from classifiers.registry import Shelf
from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("rollback")
@common
def command(settings: Settings) -> None:
    """Let the model serve that served before; the one that goes is never promoted again by itself."""

    with opened(settings) as log:
        gone, serving = Shelf(log).roll_back(clock())
    click.echo(f"{serving.id} serves again, and {gone.id} does not")
