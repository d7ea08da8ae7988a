"""`themewire subscriptions list`."""

import click
import msgspec

from deploy.commands.subscriptions.subscription_records import everyone
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.channels.registry import channel_of

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Show every subscription."""
    with opened(settings) as log:
        found = everyone(log)
    if as_json:
        print_json(msgspec.to_builtins(list(found.values())))
        return
    for each in found.values():
        wanted = ", ".join((*each.themes, *(f"event {kind}" for kind in each.events)))
        muted = f"  muted until {show_time(each.muted_until)}" if each.muted_until > clock() else ""
        kind, place = channel_of(each)
        place = place if kind == "webhook" else f"{kind} {place}"
        click.echo(printable(f"{each.id}  {wanted}  from {each.threshold:.2f}  {place}{muted}"))
