"""The role `deliver`."""

from deploy.running.canary import EVERYWHERE, post_own
from deploy.running.wiring.channels import make_sender
from deploy.running.wiring.roles import Role, timers
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.channels.channel import ChannelContext
from stream.delivering.channels.registry import CHANNELS, performing, rate_of, receiver_of
from stream.delivering.channels.webhook import WebhookSender
from stream.delivering.stage import DeliverStage
from stream.engine.executor import RateLimit
from stream.log.topics import CANARY
from stream.ops.canary.isolated import WithCanary

__all__ = ["deliver_role"]

RECEIVERS = 4  # of which each may have its share of `deliver.concurrency` when all hang at once


def deliver_role(settings: Settings) -> Role:
    """Delivers through every channel; canaries through a webhook of their own."""
    concurrency = settings.deliver.concurrency
    width = max(1, concurrency // RECEIVERS)
    senders = {kind: make_sender(kind, settings) for kind in CHANNELS}
    own = WebhookSender(ChannelContext(clock, deadline=settings.deliver.deadline, allowed=EVERYWHERE))

    def close() -> None:
        for sender in (*senders.values(), own):
            sender.close()

    perform = {kind: performing(sender) for kind, sender in senders.items()}
    perform[f"{CANARY}webhook"] = post_own(settings, performing(own))
    stage, rate_limit = DeliverStage(tuple(CHANNELS), width), RateLimit(receiver_of, rate_of, width)
    both = WithCanary(stage, stage)
    return Role(both, perform, concurrency, None, close, rate_limit, longest=timers(stage.longest))
