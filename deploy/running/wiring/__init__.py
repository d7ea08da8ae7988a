"""The one composition root: from settings to a stage, what it asks to be performed, and its worker; a module a role."""

from collections.abc import Sequence

from deploy.running.wiring.roles import Role
from deploy.running.wiring.train import TrainRole
from deploy.settings.model import Settings
from stream.log.topics import STAGES
from stream.themes.saved import shipped_themes

__all__ = ["ROLES", "Role", "TrainRole", "role", "stage_role"]

ROLES = (*STAGES, "train")


def role(name: str, settings: Settings, themes: Sequence[str] | None = None) -> Role | TrainRole:
    """The role of this name, one of `ROLES`, for these themes, or for those that ship."""
    return TrainRole() if name == "train" else stage_role(name, settings, themes)


def stage_role(name: str, settings: Settings, themes: Sequence[str] | None = None) -> Role:
    """The role of a stage."""
    # Only now: a process of one role has no need of the others' libraries, which take seconds to load.
    match name:
        case "collect":
            from deploy.running.wiring.collect import collect_role

            return collect_role(settings)
        case "story":
            from deploy.running.wiring.story import story_role

            return story_role(settings)
        case "deliver":
            from deploy.running.wiring.deliver import deliver_role

            return deliver_role(settings)
        case "tag":
            from deploy.running.wiring.tag import tag_role as of_themes
        case "match":
            from deploy.running.wiring.match import match_role as of_themes
        case "index":
            from deploy.running.wiring.index import index_role as of_themes
        case _:
            raise ValueError(f"there is no stage {name!r}")
    return of_themes(settings, shipped_themes() if themes is None else themes)
