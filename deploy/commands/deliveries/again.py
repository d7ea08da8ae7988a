"""`themewire deliveries again`."""

import click
import msgspec

from deploy.commands.deliveries.delivery_records import last_attempts, outbounds
from deploy.options import CommandError, common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.log.records import Out
from stream.log.topics import retry_topic
from stream.records import encode

__all__ = ["command"]


@click.command("again")
@click.argument("delivery")
@common
def command(settings: Settings, delivery: str) -> None:
    """Send DELIVERY, which was given up, again under the same id, for as many days as at first."""
    with opened(settings) as log:
        found = last_attempts(log).get(delivery)
        if found is None or found.outcome != "given up":
            raise CommandError(
                f"no delivery {delivery!r} was given up: `themewire deliveries list --given-up` shows them"
            )
        outbound = next((o for o in outbounds(log) if o.delivery == delivery), None)
        if outbound is None:
            raise CommandError(f"what {delivery} held is older than the topic outbox keeps")
        anew = msgspec.structs.replace(outbound, at=clock())
        log.append([Out(retry_topic("deliver"), anew.subscription, encode(anew))])
    click.echo(f"{delivery} is sent to {anew.subscription} again")
