"""The role `deliver`."""

from deploy.running.canary import EVERYWHERE, post_own
from deploy.running.wiring.channels import make_channel
from deploy.running.wiring.roles import Role, timers
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.channels.registry import CHANNELS, receiver_of
from stream.delivering.channels.webhook import Webhook
from stream.delivering.stage import DeliverStage
from stream.engine.executor import Perform, Queue
from stream.log.topics import CANARY
from stream.ops.canary.isolated import WithCanary

__all__ = ["deliver_role"]

RECEIVERS = 4  # of which each may have its share of `deliver.concurrency` when all hang at once


def deliver_role(settings: Settings) -> Role:
    """Delivers through every channel; canaries through a webhook of their own."""
    concurrency = settings.deliver.concurrency
    width = max(1, concurrency // RECEIVERS)
    channels = {kind: make_channel(kind, settings) for kind in CHANNELS}
    own = Webhook(EVERYWHERE, settings.deliver.deadline, clock, lambda _: {})

    def close() -> None:
        for channel in (*channels.values(), own):
            channel.close()

    performing: dict[str, Perform] = {kind: channel.perform for kind, channel in channels.items()}
    performing[f"{CANARY}webhook"] = post_own(settings, own.perform)
    stage, queue = DeliverStage(width), Queue(receiver_of, width=width)
    both = WithCanary(stage, DeliverStage(width))
    return Role(both, performing, concurrency, None, close, queue, longest=timers(stage.longest))
