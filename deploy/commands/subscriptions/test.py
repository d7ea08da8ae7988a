"""`themewire subscriptions test`."""

import os
import time
import uuid

import click
import msgspec
from msgspec.structs import replace

from deploy.commands.subscriptions.subscription_records import find
from deploy.options import CommandError, common, opened, printable
from deploy.running.wiring.channels import make_channel
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.channels.registry import channel_of
from stream.delivering.channels.webhook import resolve_secret
from stream.delivering.stage import Answer, Parcel
from stream.engine.stage import Request
from stream.net.guard import Blocked, parse_url
from stream.records import Alert, Outbound, Source, Subscription
from stream.secrets import SecretMissing

__all__ = ["command"]


@click.command("test")
@click.argument("name")
@common
def command(settings: Settings, name: str) -> None:
    """Send one marked test alert to NAME's receiver, and report each step."""
    with opened(settings) as log:
        made = find(log, name)
    kind, place = channel_of(made)
    if kind == "webhook":
        _before_posting(made)
    channel = make_channel(kind, settings, lambda step: click.echo(printable(step)))
    began = time.monotonic()
    parcel = Parcel(place, made.secret, _trial(made))
    answer = msgspec.json.decode(channel.perform(Request("test/1", kind, msgspec.json.encode(parcel))), type=Answer)
    channel.close()
    if not answer.taken:
        raise CommandError(f"the test alert was not taken: {answer.message}")
    click.echo(f"answer: {answer.status or answer.message} after {time.monotonic() - began:.2f} s, so alerts arrive")


def _before_posting(made: Subscription) -> None:
    """What can be told of a webhook before anything is sent."""
    try:
        parse_url(made.webhook)
        click.echo(f"address: {made.webhook} is one that can be delivered to")
        if made.secret:
            resolve_secret(made.secret, os.environ)
        click.echo(f"secret: {made.secret} is there" if made.secret else "secret: none, so messages are not signed")
    except (Blocked, SecretMissing) as error:
        raise CommandError(str(error)) from error


def _trial(made: Subscription) -> Outbound:
    now = clock()
    told = Alert(
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
    return replace(
        Outbound(delivery=uuid.uuid4().hex, subscription=made.id, revision=made.revision, why="a test", at=now),
        alert=told,
        test=True,
    )
