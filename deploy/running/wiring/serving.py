"""What judges, by the settings: the model that serves, and the themes of this service's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.settings.model import Settings
from stream.themes.saved import shipped_themes

if TYPE_CHECKING:
    from classifiers.judging.rules import Rules
    from classifiers.own.serving import OwnServing
    from classifiers.serving import Serving

__all__ = ["own_serving_of", "rules_of", "serving_of"]


def rules_of(settings: Settings, themes: Sequence[str]) -> "Rules":
    """The user's rules, beside the data."""
    from classifiers.judging.rules import load_rules  # only now: numpy and scipy take a while to load

    return load_rules(settings.data.dir / "rules.toml", themes)


def serving_of(settings: Settings, themes: Sequence[str]) -> "Serving":
    """The model that serves, behind the user's rules for the themes that ship."""
    from classifiers.serving import Serving  # only now: numpy and scipy take a while to load

    rules = rules_of(settings, themes).of(shipped_themes())
    return Serving(rules, passages=settings.classify.passages)


def own_serving_of(settings: Settings, serving: "Serving", themes: Sequence[str]) -> "OwnServing":
    """What judges by the other themes, with the same encoders and behind their rules."""
    from classifiers.own.serving import OwnServing  # as above

    own = rules_of(settings, themes).of([theme for theme in themes if theme not in shipped_themes()])
    return OwnServing(serving.encoders, own, settings.classify.passages)
