"""`themewire subscriptions remove`."""

import click

from deploy.commands.subscriptions.subscription_records import everyone, find
from deploy.options import CommandError, common, opened
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.records import Out
from stream.subscriptions.rules import Wrong, check_removal

__all__ = ["command"]


@click.command("remove")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Remove a subscription; what waits to be delivered to it is given up."""
    with opened(settings) as log:
        find(log, name)
        try:
            check_removal(name, everyone(log))
        except Wrong as error:
            raise CommandError(str(error)) from error
        log.append([Out(topics.SUBSCRIPTIONS, name, None)])
    click.echo(f"removed {name}")
