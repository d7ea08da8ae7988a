"""`themewire subscriptions add`."""

from typing import Any

import click

from deploy.commands.subscriptions.false_alerts import chosen, option
from deploy.commands.subscriptions.field_options import channel_options, described
from deploy.options import CommandError, common, opened, printable
from deploy.running.subscription_warnings import warnings_about
from deploy.settings.model import Settings
from stream.records import Destination, Subscription
from stream.subscriptions.saved import read_subscriptions, save_subscription
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("add")
@click.argument("name")
@described()
@option
@channel_options
@click.option("--replace", is_flag=True, help="Replace the subscription NAME, if there is one.")
@click.option("--revision", type=int, help="Replace it only at this revision; 0 adds a new one.")
@common
def command(
    settings: Settings,
    name: str,
    fields: dict[str, Any],
    channel: Destination,
    false_alerts: int | None,
    replace: bool,
    revision: int | None,
) -> None:
    """Add the subscription NAME: which alerts of which themes, or which health events, are delivered where.

    Options that name something may be given several times. It has one channel, which is the option that says where
    to; a REF is a reference to a secret, env:NAME or file:NAME.
    """
    if not fields["themes"] and not fields["events"]:
        raise click.UsageError("give at least one --theme or --event")
    with opened(settings) as log:
        made = Subscription(id=name, revision=0, channel=channel, **chosen(log, fields, false_alerts))
        before = read_subscriptions(log).get(name)
        if before and revision is None and not replace:
            raise CommandError(f"there is a subscription {name!r} already, revision {before.revision}: add --replace")
        saved = save_subscription(log, made, every_theme(log), revision)
        for warning in warnings_about(settings, log, saved):
            click.echo(printable(f"warning: {warning}"), err=True)
    click.echo(f"{name}, revision {saved.revision}; `themewire subscriptions test {name}` sends a test alert")
