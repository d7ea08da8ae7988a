"""`themewire subscriptions add`."""

from typing import Any

import click

from deploy.commands.subscriptions.filter_options import asked, wish
from deploy.commands.subscriptions.subscription_records import put
from deploy.options import common, opened
from deploy.settings.model import Settings
from stream.delivering.channels.registry import CHANNELS

__all__ = ["command"]


@click.command("add")
@click.argument("name")
@asked
@click.option(
    "--event", "events", multiple=True, metavar="KIND", help="Health events of a kind, for operators; `all` for any."
)
@click.option("--webhook", default="", metavar="URL", help="Where alerts are posted.")
@click.option("--mail", default="", metavar="ADDRESS", help="Whom they are mailed to; several with commas.")
@click.option(
    "--apprise", default="", metavar="REF", help="A chat's apprise address by reference: env:NAME or file:PATH."
)
@click.option("--secret", default="", metavar="REF", help="What signs webhooks, by reference: env:NAME or file:PATH.")
@click.option("--fallback", default="", metavar="NAME", help="The subscription that hears of what is given up here.")
@click.option("--revision", type=int, help="Only if NAME stands at this revision; 0 for one that is new.")
@common
def command(
    settings: Settings,
    name: str,
    of: dict[str, Any],
    revision: int | None,
    **rest: Any,  # noqa: ANN401  (click's values)
) -> None:
    """Have the alerts of some themes, or events of health, sent; an existing subscription NAME is replaced.

    Options that name something may be given several times.
    """
    if not of["themes"] and not rest["events"]:
        raise click.UsageError("give at least one --theme or --event")
    if sum(bool(rest[kind]) for kind in CHANNELS) != 1:
        raise click.UsageError("give one of --webhook, --mail and --apprise")
    with opened(settings) as log:
        made = put(settings, log, wish(name, of, **rest), revision)
    click.echo(f"{name}, revision {made.revision}")
