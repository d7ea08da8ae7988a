"""`themewire topics plan`."""

import click

from deploy.commands.topics.kafka_topics import opened_kafka, planned, show
from deploy.options import common
from deploy.settings.locations import wanted_topics
from deploy.settings.model import Settings

__all__ = ["command"]


@click.command("plan")
@common
def command(settings: Settings) -> None:
    """Show what `topics apply` would do, and what only a person can do.

    + topics that are made, ~ settings that are changed, ! what is left to you. Nothing is changed.
    """
    with opened_kafka(settings) as log:
        show(planned(log, settings), len(wanted_topics(settings)))
