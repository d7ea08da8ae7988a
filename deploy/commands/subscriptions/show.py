"""`themewire subscriptions show`."""

import click
import msgspec

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import common, opened, print_json
from deploy.running.feedback_links import key_of, public_url
from deploy.settings.model import Settings
from stream.web.atom_address import address_of

__all__ = ["command"]


@click.command("show")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Show a subscription as JSON, with the address of its Atom feed."""
    with opened(settings) as log:
        found = find(log, name)
        atom = public_url(settings) + address_of(log, key_of(settings), "subscription", name)
    print_json({**msgspec.to_builtins(found), "atom": atom})
