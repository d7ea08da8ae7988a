"""A extractor as the stage has it: of the statements that ship."""

from functools import cache

from seeds.statements import load_statements
from stream.stories.features import FeatureExtractor

__all__ = ["extractor"]


@cache
def extractor() -> FeatureExtractor:
    return FeatureExtractor(f"{statement.title} {statement.summary}" for statement in load_statements())
