"""`themewire subscriptions precision`."""

import click
import msgspec

from classifiers.labels.collected import read_labels
from deploy.options import common, opened, print_json, printable
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.precision import Precision, precisions, week_of
from stream.log import topics
from stream.log.port import records
from stream.records import Delivery, Outbound, decode
from stream.units import WEEK

__all__ = ["command"]

MOST_WEEKS = 12  # that `outbox` and `deliveries` are kept for


@click.command("precision")
@click.option(
    "--weeks", type=click.IntRange(1, MOST_WEEKS), default=4, show_default=True, help="How many, this one included."
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON list; `subscription` is empty for all of a theme.")
@common
def command(settings: Settings, weeks: int, as_json: bool) -> None:
    """Show how often alerts were right, by the links in what was delivered: by week, theme and subscription.

    Precision is right / (right + wrong) with its 95 % interval; a week is an ISO week, in UTC, of the first delivery.
    """

    with opened(settings) as log:
        rows = precisions(
            (decode(record.value, Outbound) for record in records(log, [topics.OUTBOX])),
            (decode(record.value, Delivery) for record in records(log, [topics.DELIVERIES])),
            (label for _, _, label in read_labels(log).records),
            week_of(clock() - (weeks - 1) * WEEK),
        )
    if as_json:
        print_json(msgspec.to_builtins(rows))
        return
    for row in rows:
        click.echo(printable(f"{row.week}  {row.theme}  {row.subscription or 'all'}  {_sentence(row)}"))
    if not rows:
        click.echo("nothing was delivered in these weeks")


def _sentence(row: Precision) -> str:
    if row.precision is None:
        return f"{row.delivered} delivered, nothing was answered"
    interval = f"{row.low:.2f} to {row.high:.2f}"
    return (
        f"{row.delivered} delivered, {row.right} right, {row.wrong} wrong: precision {row.precision:.2f} ({interval})"
    )
