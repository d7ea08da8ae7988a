"""The role `tag`."""

from classifiers.stage import TagStage
from deploy.running.wiring.roles import Role, plain_role
from deploy.running.wiring.serving import serving_of
from deploy.settings.locations import belief
from deploy.settings.model import Settings
from stream.ops.canary.isolated import WithCanary
from stream.units import DAY

__all__ = ["tag_role"]


def tag_role(settings: Settings) -> Role:
    """Judges items with the model that serves."""
    judged_for = int(settings.classify.judged_days * DAY)
    stage = TagStage(serving_of(settings), judged_for, belief(settings))
    return plain_role(WithCanary(stage, stage))
