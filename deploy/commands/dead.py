"""`themewire dead`."""

import click
import msgspec

from deploy.options import CommandError, common, opened, print_json, printable, show_time, span
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log, records
from stream.log.records import Out
from stream.log.topics import CANARY, STAGES, retry_topic
from stream.records import Dead, decode, encode

__all__ = ["command"]

REBUILT = "index"  # the stage that has no retry topic


@click.group("dead")
def command() -> None:
    """List, show and requeue records that could not be handled."""


def _ago(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    return None if value is None else span(context, option, value)


def _dead(log: Log) -> list[tuple[str, Dead]]:
    """(origin, record): the last of each origin and stage, the oldest first."""
    last = {}
    for record in records(log, [topics.DEAD]):
        dead = decode(record.value, Dead)
        last[record.key, dead.stage] = dead
    return [(origin, dead) for (origin, _), dead in last.items()]


def _find(log: Log, origin: str) -> list[tuple[str, Dead]]:
    """Of one origin, a record for each stage that could not handle it."""
    found = [each for each in _dead(log) if each[0] == origin]
    if not found:
        raise CommandError(f"there is no dead record {origin!r}: `themewire dead list` shows them")
    return found


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
                again = f"  (given back {show_time(dead.requeued_at)})" if dead.requeued_at else ""
                click.echo(printable(f"{origin}  {dead.stage}  {show_time(dead.at)}  {dead.error}{again}"))


@command.command("show")
@click.argument("origin")
@common
def show(settings: Settings, origin: str) -> None:
    """Show one dead record (an origin as `dead list` has it) with its traceback and its bytes."""
    with opened(settings) as log:
        found = _find(log, origin)
    for _, dead in found:
        value = "" if dead.value is None else dead.value.decode(errors="replace")
        print_json({"origin": origin, **_shown(dead), "traceback": dead.traceback, "value": value})


def _shown(dead: Dead) -> dict[str, object]:
    row: dict[str, object] = msgspec.to_builtins(dead)
    return {name: row[name] for name in ("stage", "key", "error", "at", "requeued_at")}


@command.command("requeue")
@click.argument("origins", nargs=-1, metavar="[ORIGIN]...")
@click.option(
    "--stage",
    type=click.Choice([stage for stage in STAGES if stage != REBUILT]),
    help="All that this stage could not handle.",
)
@click.option("--since", callback=_ago, metavar="SPAN", help="All of the last 90m, 12h or 7d.")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@common
def requeue(
    settings: Settings, origins: tuple[str, ...], stage: str | None, since: int | None, everything: bool
) -> None:
    """Give dead records back to the stages that could not handle them: some by their origins, or many by options.

    Many are those that were not given back before.
    """
    many = everything or stage is not None or since is not None
    if many == bool(origins):
        raise click.UsageError("give either origins, as `dead list` has them, or --stage, --since or --all")
    with opened(settings) as log:
        if many:
            found = [each for each in _dead(log) if _chosen(each[1], stage, since)]
        else:
            found = [each for origin in origins for each in _find(log, origin)]
        given = sum([_give_back(log, origin, dead) for origin, dead in found])
    if found and not given:
        raise CommandError("none of them could be given back")
    click.echo(f"{given} given back" + (f", {len(found) - given} could not be" if given < len(found) else ""))


def _give_back(log: Log, origin: str, dead: Dead) -> bool:
    if dead.stage == REBUILT:
        click.echo(f"{origin} is missing in the index only, which is made anew when its file is deleted", err=True)
        return False
    if dead.value is None:
        click.echo(f"{origin} was too large to keep, and cannot be given back", err=True)
        return False
    if dead.topic.startswith(CANARY):  # on the way back it would be taken for an item of the world
        click.echo(f"{origin} was a canary, and is not given back: the next one comes by itself", err=True)
        return False
    again = msgspec.structs.replace(dead, requeued_at=clock())
    log.append([Out(retry_topic(dead.stage), dead.key, dead.value), Out(topics.DEAD, origin, encode(again))])
    return True


def _chosen(dead: Dead, stage: str | None, since: int | None) -> bool:
    if dead.requeued_at or dead.stage == REBUILT:
        return False
    return (stage is None or dead.stage == stage) and (since is None or dead.at >= clock() - since)
