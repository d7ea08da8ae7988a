"""`themewire subscriptions list`."""

from collections.abc import Iterator

import click
import msgspec

from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.records import Delivery, Subscription
from stream.subscriptions.saved import read_subscriptions
from stream.subscriptions.sent import last_attempts

__all__ = ["command"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Show every subscription, a line each: what it asks for, where to, when, and its last delivery."""
    with opened(settings) as log:
        found = read_subscriptions(log)
        last = {each.subscription: each for each in sorted(last_attempts(log).values(), key=lambda one: one.at)}
    if as_json:
        print_json(
            [{**msgspec.to_builtins(each), "last_delivery": _shown(last.get(name))} for name, each in found.items()]
        )
        return
    for name, each in found.items():
        click.echo(printable("  ".join(_columns(each, last.get(name)))))


def _columns(each: Subscription, last: Delivery | None) -> Iterator[str]:
    yield each.id
    yield ", ".join((*each.themes, *(f"event {kind}" for kind in each.events)))
    yield f"from {each.threshold:.2f}" if each.threshold else "unsure too" if each.unsure else "what is sure"
    yield f"{each.channel.kind} {each.channel.address}"
    zone = "" if each.zone == "UTC" else f" {each.zone}"
    if each.digest:
        yield f"digest {', '.join(each.digest)}{zone}"
    if each.quiet:
        yield f"quiet {each.quiet}{zone}"
    if each.cap:
        yield f"at most {each.cap} an hour"
    if each.muted_until > clock():
        yield f"muted until {show_time(each.muted_until)}"
    if each.ended:
        yield f"ended: {each.ended}"
    yield f"last {last.outcome} {show_time(last.at)}" if last else "nothing sent yet"


def _shown(last: Delivery | None) -> dict[str, object] | None:
    return {"at": last.at, "outcome": last.outcome, "message": last.message} if last else None
