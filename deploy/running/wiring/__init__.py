"""The one composition root: from settings to a stage, what it asks to be performed, and its worker; a module a role."""

from deploy.running.wiring.roles import Role
from deploy.running.wiring.train import TrainRole
from deploy.settings.model import Settings
from stream.log.topics import STAGES

__all__ = ["ROLES", "Role", "TrainRole", "role", "stage_role"]

ROLES = (*STAGES, "train")


def role(name: str, settings: Settings) -> Role | TrainRole:
    """The role of this name, one of `ROLES`."""
    return TrainRole() if name == "train" else stage_role(name, settings)


def stage_role(name: str, settings: Settings) -> Role:
    """The role of a stage."""
    # Only now: a process of one role has no need of the others' libraries, which take seconds to load.
    match name:
        case "collect":
            from deploy.running.wiring.collect import collect_role as made
        case "tag":
            from deploy.running.wiring.tag import tag_role as made
        case "story":
            from deploy.running.wiring.story import story_role as made
        case "match":
            from deploy.running.wiring.match import match_role as made
        case "deliver":
            from deploy.running.wiring.deliver import deliver_role as made
        case "index":
            from deploy.running.wiring.index import index_role as made
        case _:
            raise ValueError(f"there is no stage {name!r}")
    return made(settings)
