"""The model that serves, by the settings."""

from typing import TYPE_CHECKING

from deploy.settings.locations import theme_ids
from deploy.settings.model import Settings

if TYPE_CHECKING:
    from classifiers.judging.rules import Rules
    from classifiers.serving import Serving

__all__ = ["rules_of", "serving_of"]


def rules_of(settings: Settings) -> "Rules":
    """The user's rules, beside the data."""
    from classifiers.judging.rules import load_rules  # only now: numpy and scipy take a while to load

    return load_rules(settings.data.dir / "rules.toml", theme_ids(settings))


def serving_of(settings: Settings) -> "Serving":
    """The model that serves, behind the user's rules."""
    from classifiers.serving import Serving  # only now: numpy and scipy take a while to load

    return Serving(rules_of(settings), passages=settings.classify.passages)
