"""The role `index`."""

from collections.abc import Sequence

from deploy.running.wiring.roles import Role, plain_role
from deploy.settings.model import Settings
from stream.index.stage import IndexStage

__all__ = ["index_role"]


def index_role(settings: Settings, themes: Sequence[str]) -> Role:
    """Keeps the index."""
    return plain_role(IndexStage(tuple(themes)))
