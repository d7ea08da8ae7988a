"""The role `index`."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.running.wiring.roles import Role, plain_role
from deploy.settings.model import Settings
from stream.index.stage import IndexStage

__all__ = ["index_role"]

INDEX_PAUSE = 0.2  # seconds; nobody looks at it more often, and what comes meanwhile is one commit


def index_role(settings: Settings, themes: Sequence[str]) -> Role:
    """Keeps the index."""
    return replace(plain_role(IndexStage(tuple(themes))), pause=INDEX_PAUSE)
