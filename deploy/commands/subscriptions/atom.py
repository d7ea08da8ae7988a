"""`themewire subscriptions atom`."""

import click

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import CommandError, common, opened
from deploy.running.feedback_links import key_of, public_url
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.themes.rules import no_such_theme
from stream.themes.saved import every_theme
from stream.web.atom_address import Kind, address_of, revoke

__all__ = ["command"]


@click.command("atom")
@click.argument("name", required=False)
@click.option("--theme", metavar="THEME", help="The address of a theme's feed instead.")
@click.option("--revoke", "anew", is_flag=True, help="Make the address that was good until now good no more.")
@common
def command(settings: Settings, name: str | None, theme: str | None, anew: bool) -> None:
    """Print the address of NAME's Atom feed, for any feed reader: whoever has it may read the feed.

    The feed has the alerts that pass the subscription's filters.
    """
    if (name is None) == (theme is None):
        raise click.UsageError("give the NAME of a subscription, or --theme THEME")
    kind: Kind = "theme" if name is None else "subscription"
    with opened(settings) as log:
        if theme is not None and theme not in (known := every_theme(log)):
            raise CommandError(no_such_theme(theme, known))
        of = theme if name is None else find(log, name).id
        assert of is not None  # one of them was given
        path = revoke(log, key_of(settings), kind, of, clock()) if anew else address_of(log, key_of(settings), kind, of)
    if not (base := public_url(settings)):
        click.echo("the server's own address is not known: set web.url", err=True)
    click.echo(f"{base}{path}")
