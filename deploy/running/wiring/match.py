"""The role `match`."""

from dataclasses import replace

from deploy.running.wiring.roles import Role, plain_role, timers
from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings
from stream.matching.stage import MatchStage
from stream.ops.canary.isolated import WithCanary

__all__ = ["match_role"]


def match_role(settings: Settings) -> Role:
    """Matches alerts with subscriptions."""
    stage = MatchStage(theme_ids(settings))
    return replace(plain_role(WithCanary(stage, stage)), longest=timers(stage.longest))
