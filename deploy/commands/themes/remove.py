"""`themewire themes remove`."""

import click

from deploy.options import common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.subscriptions.saved import read_subscriptions
from stream.themes.rules import check_removal
from stream.themes.saved import find_theme, remove_theme

__all__ = ["command"]


@click.command("remove")
@click.argument("theme", metavar="ID")
@click.option("--force", is_flag=True, help="Even though subscriptions ask for it.")
@common
def command(settings: Settings, theme: str, force: bool) -> None:
    """Stop watching a theme of your own; its alerts, and what was labelled, stay."""
    with opened(settings) as log:
        find_theme(log, theme)
        if not force:
            check_removal(theme, read_subscriptions(log))
        remove_theme(log, theme, clock())
    click.echo(f"removed {theme}")
