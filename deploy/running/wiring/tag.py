"""The role `tag`."""

from collections.abc import Sequence

from classifiers.stage import TagStage
from deploy.running.wiring.roles import Role, plain_role
from deploy.running.wiring.serving import own_serving_of, serving_of
from deploy.settings.locations import belief
from deploy.settings.model import Settings
from stream.ops.canary.isolated import WithCanary
from stream.units import DAY

__all__ = ["tag_role"]


def tag_role(settings: Settings, themes: Sequence[str]) -> Role:
    """Judges items with the model that serves, and by the themes of this service's own."""
    serving = serving_of(settings, themes)
    own = own_serving_of(settings, serving, themes)
    judged_for = int(settings.classify.judged_days * DAY)
    stage = TagStage(serving, judged_for, belief(settings), own)
    return plain_role(WithCanary(stage, stage))
