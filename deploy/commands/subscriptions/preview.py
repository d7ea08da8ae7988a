"""`themewire subscriptions preview`."""

from typing import Any

import click
import msgspec

from deploy.commands.subscriptions.filter_options import asked, wish
from deploy.commands.subscriptions.subscription_records import find
from deploy.inspect.preview import preview as previewed
from deploy.options import CommandError, common, opened, print_json, printable, show_time, span
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.records import Alert, Outbound, Subscription
from stream.subscriptions.rules import Wrong, accepted

__all__ = ["command"]

SHOWN = 20


@click.command("preview")
@click.argument("name", default="")
@asked
@click.option("--since", callback=span, default="7d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, name: str, of: dict[str, Any], since: int, as_json: bool) -> None:
    """Show what NAME, or a subscription with these options, would have been sent in the last days."""

    if bool(name) == bool(of["themes"]):
        raise click.UsageError("give the name of a subscription, or what it would ask for, with --theme")
    with opened(settings) as log:
        made = find(log, name) if name else _checked(wish("preview", of, webhook="https://receiver.example/"), settings)
        now = clock()
        found = previewed(log, made, now - since, now)
    if as_json:
        sent = [{"at": out.at, "why": out.why, "alerts": msgspec.to_builtins(_alerts(out))} for out in found.sent]
        print_json({"alerts": found.alerts, "sent": sent, "kept_away": dict(sorted(found.kept_away.items()))})
        return
    click.echo(f"of {found.alerts} alerts, {len(found.sent)} messages would have been sent")
    for out in found.sent[-SHOWN:]:
        titles = "; ".join(f"{a.title}{'' if a.kind == 'new' else f' ({a.kind})'}" for a in _alerts(out))
        click.echo(printable(f"  {show_time(out.at)}  {titles}"))
    for reason, count in found.kept_away.most_common():
        click.echo(f"kept away by {reason}: {count}")


def _checked(made: Subscription, settings: Settings) -> Subscription:
    try:
        return accepted(made, {}, theme_ids(settings), None)
    except Wrong as error:
        raise CommandError(str(error)) from error


def _alerts(out: Outbound) -> tuple[Alert, ...]:
    return (out.alert,) if out.alert else out.alerts
