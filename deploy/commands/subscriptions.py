"""`themewire subscriptions`."""

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json
from deploy.settings import Settings
from deploy.wiring import theme_ids
from stream.log import Log
from stream.net.guard import Blocked, parse_url
from stream.records import EVENT_KINDS, Subscription, decode, encode
from stream.stage import Out
from stream.view import View

__all__ = ["command"]


@click.group("subscriptions")
def command() -> None:
    """Add, list, show and remove subscriptions."""


def _all(log: Log) -> dict[str, Subscription]:
    view = View(log.reader(["subscriptions"]))
    view.close()
    return {key: decode(value, Subscription) for key, value in sorted(view.rows.items())}


def _find(log: Log, name: str) -> Subscription:
    if (found := _all(log).get(name)) is None:
        raise CommandError(f"there is no subscription {name!r}: `themewire subscriptions list` shows them")
    return found


@command.command("add")
@click.argument("name")
@click.option("--theme", "themes", multiple=True, help="A theme; may be given several times.")
@click.option(
    "--event", "events", multiple=True, metavar="KIND", help="Health events of a kind, for operators; `all` for any."
)
@click.option("--webhook", required=True, metavar="URL", help="Where alerts are posted.")
@click.option("--secret", default="", metavar="REF", help="The signing secret by reference: env:NAME or file:PATH.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.0, help="The least probability.", show_default=True)
@click.option("--no-updates", is_flag=True, help="Only new alerts and retractions.")
@common
def add(
    settings: Settings,
    name: str,
    themes: tuple[str, ...],
    events: tuple[str, ...],
    webhook: str,
    secret: str,
    threshold: float,
    no_updates: bool,
) -> None:
    """Have the alerts of some themes, or events of health, sent; an existing subscription NAME is replaced."""
    if not themes and not events:
        raise click.UsageError("give at least one --theme or --event")
    known = theme_ids(settings)
    if unknown := [theme for theme in themes if theme not in known]:
        raise CommandError(f"there is no theme {unknown[0]!r}; there are: {', '.join(known)}")
    if unknown := [kind for kind in events if kind not in ("all", *EVENT_KINDS)]:
        raise CommandError(f"there is no event {unknown[0]!r}; there are: all, {', '.join(EVENT_KINDS)}")
    if secret and secret.partition(":")[0] not in ("env", "file"):
        raise CommandError("a secret is given by reference, as env:NAME or file:PATH, never itself")
    try:
        parse_url(webhook)
    except Blocked as error:
        raise CommandError(f"{webhook!r} cannot be delivered to: {error}") from error
    with opened(settings) as log:
        before = _all(log).get(name)
        subscription = Subscription(
            id=name,
            revision=before.revision + 1 if before else 1,
            themes=themes,
            threshold=threshold,
            updates=not no_updates,
            webhook=webhook,
            secret=secret,
            events=events,
        )
        log.append([Out("subscriptions", name, encode(subscription))])
    click.echo(f"{name}, revision {subscription.revision}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every subscription."""
    with opened(settings) as log:
        found = _all(log)
    if as_json:
        print_json(msgspec.to_builtins(list(found.values())))
        return
    for each in found.values():
        asked = ", ".join((*each.themes, *(f"event {kind}" for kind in each.events)))
        click.echo(f"{each.id}  {asked}  from {each.threshold:.2f}  {each.webhook}")


@command.command("show")
@click.argument("name")
@common
def show(settings: Settings, name: str) -> None:
    """Show a subscription as JSON."""
    with opened(settings) as log:
        print_json(msgspec.to_builtins(_find(log, name)))


@command.command("remove")
@click.argument("name")
@common
def remove(settings: Settings, name: str) -> None:
    """Remove a subscription; what waits to be delivered to it is given up."""
    with opened(settings) as log:
        _find(log, name)
        log.append([Out("subscriptions", name, None)])
    click.echo(f"removed {name}")
