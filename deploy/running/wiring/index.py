"""The role `index`."""

from deploy.running.wiring.roles import Role, plain_role
from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings
from stream.index.stage import IndexStage

__all__ = ["index_role"]


def index_role(settings: Settings) -> Role:
    """Keeps the index."""
    return plain_role(IndexStage(theme_ids(settings)))
