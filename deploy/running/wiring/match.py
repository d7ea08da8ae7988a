"""The role `match`."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.running.wiring.roles import Role, plain_role, timers
from deploy.settings.model import Settings
from stream.matching.stage import MatchStage
from stream.ops.canary.isolated import WithCanary

__all__ = ["match_role"]


def match_role(settings: Settings, themes: Sequence[str]) -> Role:
    """Matches alerts with subscriptions."""
    stage = MatchStage(tuple(themes), live=True)
    return replace(plain_role(WithCanary(stage, stage)), longest=timers(stage.longest))
