"""`themewire dead`."""

from collections.abc import Iterator

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json, printable, show_time
from deploy.settings import Settings
from stream.log import Log
from stream.records import Dead, decode
from stream.stage import Out
from stream.topics import CANARY, retry_topic

__all__ = ["command"]


@click.group("dead")
def command() -> None:
    """List, show and requeue records that could not be handled."""


def _dead(log: Log) -> Iterator[tuple[str, Dead]]:
    reader = log.reader(["dead"])
    while not reader.caught_up():
        for record in reader.poll(1.0):
            yield record.key, decode(record.value, Dead)
    reader.close()


def _find(log: Log, origin: str) -> Dead:
    found = [dead for key, dead in _dead(log) if key == origin]
    if not found:
        raise CommandError(f"there is no dead record {origin!r}: `themewire dead list` shows them")
    return found[-1]


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every dead record: its origin, the stage and the error."""
    with opened(settings) as log:
        for origin, dead in _dead(log):
            if as_json:
                print_json({"origin": origin, **_shown(dead)})
            else:
                click.echo(printable(f"{origin}  {dead.stage}  {show_time(dead.at)}  {dead.error}"))


@command.command("show")
@click.argument("origin")
@common
def show(settings: Settings, origin: str) -> None:
    """Show one dead record (an origin as `dead list` has it) with its bytes."""
    with opened(settings) as log:
        dead = _find(log, origin)
    value = "" if dead.value is None else dead.value.decode(errors="replace")
    print_json({"origin": origin, **_shown(dead), "value": value})


def _shown(dead: Dead) -> dict[str, object]:
    row: dict[str, object] = msgspec.to_builtins(dead)
    return {name: row[name] for name in ("stage", "key", "error", "at")}


@command.command("requeue")
@click.argument("origin")
@common
def requeue(settings: Settings, origin: str) -> None:
    """Give a dead record back to the stage that could not handle it."""
    with opened(settings) as log:
        dead = _find(log, origin)
        if dead.value is None:
            raise CommandError(f"{origin} was too large to keep, and cannot be given back")
        if dead.topic.startswith(CANARY):  # on the way back it would be taken for an item of the world
            raise CommandError(f"{origin} was a canary, and is not given back: the next one comes by itself")
        log.append([Out(retry_topic(dead.stage), dead.key, dead.value)])
    click.echo(f"{origin} was given back to {dead.stage}")
