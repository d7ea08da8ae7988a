"""`themewire subscriptions mute`."""

import click
from msgspec.structs import replace

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import common, opened, show_time, span
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.subscriptions.saved import save_subscription
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("mute")
@click.argument("name")
@click.argument("how_long", callback=span, metavar="SPAN")
@common
def command(settings: Settings, name: str, how_long: int) -> None:
    """Send NAME nothing for a SPAN of time (90m, 12h, 7d; 0m ends it); what comes meanwhile is not sent later."""
    with opened(settings) as log:
        made = replace(find(log, name), muted_until=clock() + how_long if how_long else 0)
        save_subscription(log, made, every_theme(log), made.revision)
    click.echo(f"{name} is muted until {show_time(made.muted_until)}" if how_long else f"{name} is not muted")
