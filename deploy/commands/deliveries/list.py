"""`themewire deliveries list`."""

import click
import msgspec

from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from stream.subscriptions.sent import last_attempts, outbounds, subject

__all__ = ["command"]


@click.command("list")
@click.option("--given-up", is_flag=True, help="Only what was given up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def command(settings: Settings, given_up: bool, as_json: bool) -> None:
    """Show the last attempt of each delivery, the oldest first, with what it was about."""
    with opened(settings) as log:
        last = last_attempts(log)
        subjects = {out.delivery: subject(out) for out in outbounds(log) if out.delivery in last}
    for each in sorted(last.values(), key=lambda one: one.at):
        if given_up and each.outcome != "given up":
            continue
        theme, title = subjects.get(each.delivery, ("-", "-"))  # `outbox` is kept for as long, but no longer
        if as_json:
            print_json({**msgspec.to_builtins(each), "theme": theme, "title": title})
            continue
        what = f"{each.outcome}, attempt {each.attempt}  {each.subscription}  {theme}  {title}"
        click.echo(printable(f"{show_time(each.at)}  {what}  {each.delivery}  {each.message}"))
