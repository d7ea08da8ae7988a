"""A marked test alert to a subscription's receiver, by the channel as deliveries go."""

import uuid
from collections.abc import Callable

from deploy.running.wiring.channels import make_sender
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.records import Alert, Outbound, Source, Subscription

__all__ = ["send_trial"]


def send_trial(settings: Settings, to: Subscription, report: Callable[[str], None]) -> DeliveryResponse:
    """Send one, telling `report` each step; raises `SettingsError` for a channel that is not set up."""
    sender = make_sender(to.channel.kind, settings, report)
    try:
        return sender.send(DeliveryRequest(to.channel, _trial(to)))
    finally:
        sender.close()


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
