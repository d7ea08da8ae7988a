"""`themewire dead requeue`."""

import click
import msgspec

from deploy.commands.dead.dead_records import REBUILT, find
from deploy.options import CommandError, common, opened, span
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.log.topics import CANARY, STAGES, retry_topic
from stream.ops.dead import dead_records
from stream.records import Dead, encode

__all__ = ["command"]


def _ago(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    return None if value is None else span(context, option, value)


@click.command("requeue")
@click.argument("origins", nargs=-1, metavar="[ORIGIN]...")
@click.option(
    "--stage",
    type=click.Choice([stage for stage in STAGES if stage != REBUILT]),
    help="All records of this stage.",
)
@click.option("--since", callback=_ago, metavar="SPAN", help="All records of the last 90m, 12h or 7d.")
@click.option("--all", "everything", is_flag=True, help="All records.")
@common
def command(
    settings: Settings, origins: tuple[str, ...], stage: str | None, since: int | None, everything: bool
) -> None:
    """Have the stages try dead records again.

    Give each ORIGIN as `dead list` prints it, or options that select many of those not requeued before.
    """
    many = everything or stage is not None or since is not None
    if many == bool(origins):
        raise click.UsageError("give either origins, as `dead list` prints them, or --stage, --since or --all")
    with opened(settings) as log:
        if many:
            found = [each for each in dead_records(log) if _chosen(each[1], stage, since)]
        else:
            found = [each for origin in origins for each in find(log, origin)]
        given = sum([_give_back(log, origin, dead) for origin, dead in found])
    if found and not given:
        raise CommandError("none of them could be requeued")
    click.echo(
        f"{plural(given, 'record')} requeued" + (f", {len(found) - given} could not be" if given < len(found) else "")
    )


def _give_back(log: Log, origin: str, dead: Dead) -> bool:
    if dead.stage == REBUILT:
        click.echo(f"{origin} is missing from the index only: delete the index file, and it is built again", err=True)
        return False
    if dead.value is None:
        click.echo(f"{origin} was too large to keep, and cannot be requeued", err=True)
        return False
    if dead.topic.startswith(CANARY):  # on the way back it would be taken for an item of the world
        click.echo(f"{origin} was a canary, and is not requeued: the next one comes by itself", err=True)
        return False
    again = msgspec.structs.replace(dead, requeued_at=clock())
    log.append([Out(retry_topic(dead.stage), dead.key, dead.value), Out(topics.DEAD, origin, encode(again))])
    return True


def _chosen(dead: Dead, stage: str | None, since: int | None) -> bool:
    if dead.requeued_at or dead.stage == REBUILT:
        return False
    return (stage is None or dead.stage == stage) and (since is None or dead.at >= clock() - since)
