"""`themewire subscriptions remove`."""

import click

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.subscriptions.saved import remove_subscription

__all__ = ["command"]


@click.command("remove")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Remove a subscription; what waits to be delivered to it is given up."""
    with opened(settings) as log:
        find(log, name)
        remove_subscription(log, name)
    click.echo(f"removed {name}")
