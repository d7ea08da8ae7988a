"""`themewire deliveries again`."""

import click

from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.subscriptions.sent import send_again

__all__ = ["command"]


@click.command("again")
@click.argument("delivery")
@common
def command(settings: Settings, delivery: str) -> None:
    """Send DELIVERY, which was given up, again under the same id, for as many days as at first."""
    with opened(settings) as log:
        sent = send_again(log, delivery, clock())
    click.echo(f"{delivery} is sent to {sent.subscription} again")
