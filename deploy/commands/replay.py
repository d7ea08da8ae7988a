"""`themewire replay`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json, printable, span
from deploy.running.wiring import serving_of
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import read_table
from stream.records import Alert
from stream.units import DAY

if TYPE_CHECKING:
    from deploy.inspect.replay import Replay

__all__ = ["command"]

EXAMPLES = 10


@click.command("replay")
@click.option("--since", callback=span, default="7d", metavar="SPAN", show_default=True, help="How far back.")
@click.option("--model", default="", help="A model by its id or how that begins; by default the one that serves.")
@click.option("--apply", "live", is_flag=True, help="Have the live stages judge again; the model must serve.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, since: int, model: str, live: bool, as_json: bool) -> None:
    """Judge the items of the last days again, and show which alerts would come, go or change.

    Nothing is sent. This is how a challenger is judged before it is promoted; after that, --apply asks the live stages
    for the updates and retractions that were shown.
    """
    from classifiers.registry import Shelf
    from deploy.inspect.replay import ask_live, items_since, replay

    with opened(settings) as log:
        shelf = Shelf(log)
        serving = shelf.serving.id if shelf.serving else ""
        record = shelf.find(model or serving)
        if live and record.id != serving:
            raise CommandError(f"{record.id} does not serve: `themewire models promote {record.id}` comes first")
        found = items_since(log, clock() - since)
        judged_for = int(settings.classify.judged_days * DAY)
        subscriptions = read_table(log, topics.SUBSCRIPTIONS)
        result = replay(log, record, found, serving_of(settings), theme_ids(settings), judged_for, subscriptions, _tell)
        if live:
            ask_live(log, found)
    if as_json:
        print_json({"model": record.id, "serving": serving, "applied": live, **_shown(result)})
        return
    click.echo(f"{result.items} items, judged by {record.id}{'' if record.id == serving else f' ({serving} serves)'}")
    _list("alerts that would come", result.come)
    _list("alerts that would be retracted", result.gone)
    _list("alerts that would change", result.changed)
    click.echo(f"{len(result.moved)} items that stay tagged, or untagged, with another probability")
    for moved in result.moved[:EXAMPLES]:
        click.echo(printable(f"  {moved.theme}  {moved.before:.2f} -> {moved.after:.2f}  {moved.title}"))
    for name, count in sorted(result.deliveries.items()):
        click.echo(printable(f"{name} would be sent {count}"))
    if live:
        click.echo("the live stages were asked for all of this")


def _tell(done: int) -> None:
    if done % 1024 == 0:
        click.echo(f"{done} items", err=True)


def _list(what: str, alerts: Sequence[Alert]) -> None:
    click.echo(f"{len(alerts)} {what}")
    for alert in alerts[:EXAMPLES]:
        click.echo(printable(f"  {alert.theme}  {alert.probability:.2f}  [{alert.lang}] {alert.title}  {alert.url}"))


def _shown(result: "Replay") -> dict[str, object]:
    def told(alerts: Sequence[Alert]) -> list[dict[str, object]]:
        names = ("id", "theme", "title", "url", "lang", "probability")
        return [{name: getattr(alert, name) for name in names} for alert in alerts]

    return {
        "items": result.items,
        "come": told(result.come),
        "gone": told(result.gone),
        "changed": told(result.changed),
        "moved": msgspec.to_builtins(result.moved),
        "deliveries": result.deliveries,
    }
