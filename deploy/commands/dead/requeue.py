"""`themewire dead requeue`."""

import click

from deploy.inspect.dead_records import REBUILT, find, give_back, why_it_stays
from deploy.options import CommandError, common, opened, span
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log.port import Log
from stream.log.topics import STAGES
from stream.ops.dead import dead_records
from stream.records import Dead

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
        given = sum([_given_back(log, origin, dead) for origin, dead in found])
    if found and not given:
        raise CommandError("none of them could be requeued")
    click.echo(
        f"{plural(given, 'record')} requeued" + (f", {len(found) - given} could not be" if given < len(found) else "")
    )


def _given_back(log: Log, origin: str, dead: Dead) -> bool:
    if why := why_it_stays(dead):
        click.echo(f"{origin} {why}", err=True)
        return False
    give_back(log, origin, dead)
    return True


def _chosen(dead: Dead, stage: str | None, since: int | None) -> bool:
    if dead.requeued_at or dead.stage == REBUILT:
        return False
    return (stage is None or dead.stage == stage) and (since is None or dead.at >= clock() - since)
