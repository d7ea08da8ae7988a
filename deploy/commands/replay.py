"""`themewire replay`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from classifiers.registry import ModelRegistry
from deploy.options import CommandError, common, opened, print_json, printable, span
from deploy.progress import progress
from deploy.running.wiring.serving import serving_of
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.global_tables import read_table
from stream.records import Alert
from stream.units import DAY

if TYPE_CHECKING:
    from deploy.inspect.replay import Replay
from stream.themes.saved import every_theme, shipped_themes

__all__ = ["command"]

EXAMPLES = 10


@click.command("replay")
@click.option(
    "--since",
    callback=span,
    default="7d",
    metavar="SPAN",
    show_default=True,
    help="How far back to go: 90m, 12h or 7d.",
)
@click.option("--model", default="", help="Model id or the beginning of one; by default the serving model.")
@click.option(
    "--apply", "live", is_flag=True, help="Have the running stages do this; requires that the model is serving."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def command(settings: Settings, since: int, model: str, live: bool, as_json: bool) -> None:
    """Reclassify the items of the last days and show which alerts would be new, changed or retracted.

    Nothing is sent: use it to judge a model before you promote it. After that, --apply has the running stages send the
    updates and retractions that were shown.
    """
    from deploy.inspect.replay import ask_live, items_since, replay  # only now: scipy takes a while to load

    with opened(settings) as log:
        registry = ModelRegistry(log)
        serving = registry.serving.id if registry.serving else ""
        record = registry.find(model or serving)
        if live and record.id != serving:
            raise CommandError(f"{record.id} is not serving: run `themewire models promote {record.id}` first")
        found = items_since(log, clock() - since)
        judged_for = int(settings.classify.judged_days * DAY)
        subscriptions = read_table(log, topics.SUBSCRIPTIONS)
        with progress(len(found), "classifying") as done:
            serving_model, themes = serving_of(settings, shipped_themes()), every_theme(log)
            result = replay(log, record, found, serving_model, themes, judged_for, subscriptions, done)
        if live:
            ask_live(log, found)
    if as_json:
        print_json({"model": record.id, "serving": serving, "applied": live, **_shown(result)})
        return
    other = "" if record.id == serving else f" ({serving} is serving)"
    click.echo(f"{plural(result.items, 'item')} classified by {record.id}{other}")
    _list("new alert", result.come)
    _list("retracted alert", result.gone)
    _list("changed alert", result.changed)
    click.echo(f"{plural(len(result.moved), 'item')} with the same tags and another probability")
    for moved in result.moved[:EXAMPLES]:
        click.echo(printable(f"  {moved.theme}  {moved.before:.2f} -> {moved.after:.2f}  {moved.title}"))
    for name, count in sorted(result.deliveries.items()):
        click.echo(printable(f"{name} would be sent {plural(count, 'message')}"))
    if live:
        click.echo("the running stages will do this")
    elif record.id != serving:
        click.echo(f"next: `themewire models promote {record.id}` makes it the serving model", err=True)
    elif result.come or result.gone or result.changed:
        click.echo("next: the same with --apply has the running stages send this", err=True)


def _list(what: str, alerts: Sequence[Alert]) -> None:
    click.echo(plural(len(alerts), what))
    for alert in alerts[:EXAMPLES]:
        click.echo(printable(f"  {alert.theme}  {alert.probability:.2f}  [{alert.lang}] {alert.title}  {alert.url}"))


def _shown(result: "Replay") -> dict[str, object]:
    def rows(alerts: Sequence[Alert]) -> list[dict[str, object]]:
        names = ("id", "theme", "title", "url", "lang", "probability")
        return [{name: getattr(alert, name) for name in names} for alert in alerts]

    return {
        "items": result.items,
        "come": rows(result.come),
        "gone": rows(result.gone),
        "changed": rows(result.changed),
        "moved": msgspec.to_builtins(result.moved),
        "deliveries": result.deliveries,
    }
