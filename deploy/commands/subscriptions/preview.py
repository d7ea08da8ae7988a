"""`themewire subscriptions preview`."""

from typing import Any

import click
import msgspec

from deploy.commands.subscriptions.false_alerts import chosen, curve, option, shown
from deploy.commands.subscriptions.field_options import described
from deploy.commands.subscriptions.subscription_records import find
from deploy.inspect.preview import alerts_since
from deploy.inspect.preview import preview as previewed
from deploy.options import common, opened, printable, show_time, span
from deploy.progress import progress
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.feedback import alerts_of
from stream.records import Destination, Outbound, Subscription
from stream.subscriptions.rules import checked
from stream.themes.saved import every_theme

__all__ = ["command"]

SHOWN = 20


@click.command("preview")
@click.argument("name", default="")
@described("events", "fallback")
@option
@click.option("--since", callback=span, default="7d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(
    settings: Settings, name: str, fields: dict[str, Any], false_alerts: int | None, since: int, as_json: bool
) -> None:
    """Show what NAME, or a subscription with these options, would have been sent in the last days."""
    if bool(name) == bool(fields["themes"]):
        raise click.UsageError("give the name of a subscription, or what it would ask for, with --theme")
    with opened(settings) as log:
        if name:
            subscription = find(log, name)
        else:
            asked = _described(chosen(log, fields, false_alerts))
            subscription = checked(asked, {}, every_theme(log), None)
        now = clock()
        alerts = alerts_since(log, subscription.themes, now - since)
        with progress(len(alerts), "matching") as done:
            found = previewed(alerts, subscription, now, done)
        points = curve(log, subscription.themes)
    if as_json:
        sent = [msgspec.Raw(_shown(out)) for out in found.sent]
        kept_away = dict(sorted(found.kept_away.items()))
        on_curve = [point._asdict() for point in points]
        asked_for = {"alerts": found.alerts, "sent": sent, "kept_away": kept_away, "curve": on_curve}
        click.echo(msgspec.json.encode(asked_for))
        return
    click.echo(f"of {found.alerts} alerts, {len(found.sent)} messages would have been sent")
    for out in found.sent[-SHOWN:]:
        titles = "; ".join(f"{a.title}{'' if a.kind == 'new' else f' ({a.kind})'}" for a in alerts_of(out))
        click.echo(printable(f"  {show_time(out.at)}  {titles}"))
    for reason, count in found.kept_away.most_common():
        click.echo(f"kept away by {reason}: {count}")
    for line in shown(points):
        click.echo(line)


def _shown(out: Outbound) -> bytes:
    """A message as JSON at once: as objects those of a week would take a hundred megabytes."""
    return msgspec.json.encode({"at": out.at, "why": out.why, "alerts": alerts_of(out)})


def _described(fields: dict[str, Any]) -> Subscription:
    nowhere = Destination("webhook", "https://receiver.example/")  # a subscription has a channel, and nothing is sent
    return Subscription(id="preview", revision=0, channel=nowhere, **fields)
