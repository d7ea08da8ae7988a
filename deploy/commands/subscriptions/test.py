"""`themewire subscriptions test`."""

import time
import uuid

import click

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import CommandError, common, opened, printable
from deploy.running.wiring.channels import make_sender
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.request import DeliveryRequest
from stream.records import Alert, Outbound, Source, Subscription

__all__ = ["command"]


@click.command("test")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Send one marked test alert to NAME's receiver, and report each step."""
    with opened(settings) as log:
        made = find(log, name)
    sender = make_sender(made.channel.kind, settings, lambda step: click.echo(printable(step)))
    began = time.monotonic()
    response = sender.send(DeliveryRequest(made.channel, _trial(made)))
    sender.close()
    if not response.taken:
        raise CommandError(f"the test alert was not taken: {response.message}")
    seconds = time.monotonic() - began
    click.echo(f"response: {response.status or response.message} after {seconds:.2f} s, so alerts arrive")


def _trial(made: Subscription) -> Outbound:
    now = clock()
    alert = Alert(
        id="test",
        seq=0,
        kind="new",
        theme=(*made.themes, "test")[0],
        story="test",
        title="A test of themewire: nothing has happened",
        summary="Somebody tried whether alerts arrive here.",
        url="",
        lang="en",
        sources=(Source("themewire", "", "test"),),
        independent=1,
        probability=1.0,
        reasons=(),
        model="",
        published=now,
        date_quality="trusted",
        first_seen=now,
        tagged_at=now,
        alerted_at=now,
    )
    return Outbound(
        delivery=uuid.uuid4().hex,
        subscription=made.id,
        revision=made.revision,
        alert=alert,
        test=True,
        why="a test",
        at=now,
    )
