"""The role `story`."""

from dataclasses import replace
from functools import cache

from deploy.running.wiring.roles import Role, plain_role, timers
from deploy.settings.model import Settings
from seeds.statements import load_statements
from stream.ops.canary.isolated import WithCanary
from stream.stories.features import FeatureExtractor
from stream.stories.stage import StoryStage

__all__ = ["make_extractor", "story_role"]


@cache
def make_extractor() -> FeatureExtractor:
    """Weighs words by how ordinary they are in the statements that ship."""
    return FeatureExtractor(f"{statement.title} {statement.summary}" for statement in load_statements())


def story_role(settings: Settings) -> Role:
    """Makes alerts of items; a canary joins no story."""
    stage, apart = StoryStage(make_extractor), StoryStage(make_extractor, joins=False)
    return replace(plain_role(WithCanary(stage, apart)), longest=timers(stage.longest))
