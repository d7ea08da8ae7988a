"""A marker as the stage has it: of the statements that ship."""

from functools import cache

from seeds.statements import load_statements
from stream.stories.features import Marker

__all__ = ["marker"]


@cache
def marker() -> Marker:
    return Marker(f"{statement.title} {statement.summary}" for statement in load_statements())
