"""`themewire deliveries list`."""

import click
import msgspec

from deploy.commands.deliveries.delivery_records import last_attempts
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("list")
@click.option("--given-up", is_flag=True, help="Only what was given up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def command(settings: Settings, given_up: bool, as_json: bool) -> None:
    """Show the last attempt of each delivery, the oldest first."""
    with opened(settings) as log:
        last = last_attempts(log)
    for each in sorted(last.values(), key=lambda one: one.at):
        if given_up and each.outcome != "given up":
            continue
        if as_json:
            print_json(msgspec.to_builtins(each))
            continue
        text = f"{show_time(each.at)}  {each.outcome}, attempt {each.attempt}  {each.subscription}  {each.delivery}"
        click.echo(printable(f"{text}  {each.message}"))
