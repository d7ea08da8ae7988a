"""`themewire topics apply`."""

import click

from deploy.commands.topics.kafka_topics import opened_kafka, planned, show
from deploy.options import CommandError, common
from deploy.settings.locations import wanted_topics
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.kafka import KafkaLog
from stream.kafka.topic_keeper import Plan
from stream.log.access import accesses
from stream.themes.saved import shipped_themes

__all__ = ["command"]


@click.command("apply")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--anew", multiple=True, metavar="TOPIC", help="Go on with an empty topic in place of a deleted one.")
@common
def command(settings: Settings, yes: bool, anew: tuple[str, ...]) -> None:
    """Make missing topics and set what differs, after showing it.

    Nothing is done by which a record could be lost: no topic is deleted, no retention shortened, no partition added.
    What that would take is shown with a ! and left to you, and the command then ends with status 1.
    """
    with opened_kafka(settings) as log:
        plan = planned(log, settings)
        show(plan, len(wanted_topics(settings)))
        if wrong := [full for full in anew if full not in plan.gone]:
            raise CommandError(f"{wrong[0]} is no topic that is gone: `themewire topics plan` names them")
        make = {full: topic for full, topic in plan.make.items() if full not in plan.gone or full in anew}
        change = [each for each in plan.differ if each.safe]
        if make or change or anew:
            _confirm(len(make) + len(change), anew, yes)
        log.topics.make(make)
        log.topics.alter(change)
        for full in anew:
            _begin_again(log, log.bare(full), settings)
        left = _left(plan, anew)
        kept = [topic for topic in wanted_topics(settings) if log.full(topic.name) not in {*plan.gone} - {*anew}]
        log.topics.register(kept)
    if left:
        raise CommandError(f"{plural(left, 'thing')} left to you, each shown with a ! above")


def _confirm(count: int, anew: tuple[str, ...], yes: bool) -> None:
    empty = f", {', '.join(anew)} from empty" if anew else ""
    if not yes:
        click.confirm(f"Do that ({plural(count, 'change')}{empty})?", abort=True)


def _left(plan: Plan, anew: tuple[str, ...]) -> int:
    return len({*plan.gone} - {*anew}) + sum(not each.safe for each in plan.differ)


def _begin_again(log: KafkaLog, name: str, settings: Settings) -> None:
    """Stages that read it as a group begin at its start."""
    for access in accesses(shipped_themes()):
        if name in access.inputs:
            log.begin_again(access.role, name)
