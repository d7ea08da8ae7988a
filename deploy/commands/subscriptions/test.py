"""`themewire subscriptions test`."""

import time

import click

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import CommandError, common, opened, printable
from deploy.running.trial import send_trial
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("test")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Send one marked test alert to NAME's receiver, and report each step."""
    with opened(settings) as log:
        made = find(log, name)
    began = time.monotonic()
    response = send_trial(settings, made, lambda step: click.echo(printable(step)))
    if not response.taken:
        raise CommandError(f"the test alert was not taken: {response.message}")
    seconds = time.monotonic() - began
    click.echo(f"response: {response.status or response.message} after {seconds:.2f} s, so alerts arrive")
