"""The topics of a stream on Kafka: what has to be done about them, in lines for people."""

import contextlib
from collections.abc import Iterator

import click

from deploy.options import CommandError
from deploy.settings.locations import open_log, wanted_topics
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.kafka import KafkaLog
from stream.kafka.topic_keeper import Plan
from stream.log.topics import Topic
from stream.units import DAY

__all__ = ["opened_kafka", "planned", "show"]


@contextlib.contextmanager
def opened_kafka(settings: Settings) -> Iterator[KafkaLog]:
    """The log, with nothing made on it."""
    if not settings.stream_url.startswith("kafka:"):
        raise CommandError("only a stream on Kafka has topics to look after: give --stream kafka://HOST:PORT")
    log = open_log(settings)
    assert isinstance(log, KafkaLog)
    try:
        yield log
    finally:
        log.close()


def planned(log: KafkaLog, settings: Settings) -> Plan:
    """What has to be done."""
    return log.topics.plan(wanted_topics(settings))


def show(plan: Plan, count: int) -> None:
    """A line for each thing: + is made, ~ is set, ! is left to a person."""
    for full, sentence in plan.gone.items():
        click.echo(f"! {full}: {sentence}")
    for full, topic in plan.make.items():
        if full not in plan.gone:
            click.echo(f"+ {full}: {plural(topic.partitions, 'partition')}, {_kept(topic)}")
    for each in plan.differ:
        if each.safe:
            click.echo(f"~ {each.topic}: {each.what} {each.has} -> {each.wanted}")
        else:
            click.echo(f"! {each.topic}: {each.sentence}")
    touched = {*plan.gone, *plan.make, *(each.topic for each in plan.differ)}
    click.echo(f"{count - len(touched)} of {plural(count, 'topic')} are as they should be")


def _kept(topic: Topic) -> str:
    if topic.policy == "compact":
        return "the latest record of each key"
    return "kept for ever" if topic.retention is None else f"kept for {topic.retention // DAY} days"
