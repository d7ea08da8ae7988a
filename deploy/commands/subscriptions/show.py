"""`themewire subscriptions show`."""

import click
import msgspec

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import common, opened, print_json
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("show")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Show a subscription as JSON."""
    with opened(settings) as log:
        print_json(msgspec.to_builtins(find(log, name)))
