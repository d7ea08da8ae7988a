"""`themewire deliveries`."""

from collections.abc import Iterator

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json, printable, show_time
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log, records
from stream.log.records import Out
from stream.log.topics import retry_topic
from stream.records import Delivery, Outbound, decode, encode

__all__ = ["command"]


@click.group("deliveries")
def command() -> None:
    """List what was sent and what became of it; send again what was given up."""


@command.command("list")
@click.option("--given-up", is_flag=True, help="Only what was given up.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def list_(settings: Settings, given_up: bool, as_json: bool) -> None:
    """Show the last attempt of each delivery, the oldest first."""
    with opened(settings) as log:
        last = _last(log)
    for each in sorted(last.values(), key=lambda one: one.at):
        if given_up and each.outcome != "given up":
            continue
        if as_json:
            print_json(msgspec.to_builtins(each))
            continue
        text = f"{show_time(each.at)}  {each.outcome}, attempt {each.attempt}  {each.subscription}  {each.delivery}"
        click.echo(printable(f"{text}  {each.message}"))


@command.command("again")
@click.argument("delivery")
@common
def again(settings: Settings, delivery: str) -> None:
    """Send DELIVERY, which was given up, again under the same id, for as many days as at first."""
    with opened(settings) as log:
        found = _last(log).get(delivery)
        if found is None or found.outcome != "given up":
            raise CommandError(
                f"no delivery {delivery!r} was given up: `themewire deliveries list --given-up` shows them"
            )
        outbound = next((o for o in _outbounds(log) if o.delivery == delivery), None)
        if outbound is None:
            raise CommandError(f"what {delivery} held is older than the topic outbox keeps")
        anew = msgspec.structs.replace(outbound, at=clock())
        log.append([Out(retry_topic("deliver"), anew.subscription, encode(anew))])
    click.echo(f"{delivery} is sent to {anew.subscription} again")


def _last(log: Log) -> dict[str, Delivery]:
    """The last attempt by delivery id."""
    found = (decode(record.value, Delivery) for record in records(log, [topics.DELIVERIES]))
    return {each.delivery: each for each in found}


def _outbounds(log: Log) -> Iterator[Outbound]:
    return (decode(record.value, Outbound) for record in records(log, [topics.OUTBOX]))
