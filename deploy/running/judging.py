"""What a command judges with: the model that serves, and the heads of one's own themes beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.running.training import opened_registry
from deploy.running.wiring.serving import own_serving_of, serving_of
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.global_tables import read_table
from stream.log.port import Log
from stream.themes.saved import every_theme

if TYPE_CHECKING:
    from classifiers.judging.classify import Judgement
    from classifiers.judging.text import Text
    from classifiers.stage import Judge

__all__ = ["judge_of"]


def judge_of(settings: Settings, log: Log) -> "Judge":
    """Judges as the taggers do now, without what only stories need."""
    themes = every_theme(log)
    serving = serving_of(settings, themes)
    judge = serving.judge(opened_registry(settings, log).rows, token_vectors=False)
    beside = own_serving_of(settings, serving, themes).judge(read_table(log, topics.THEMES), token_vectors=False)

    def both(texts: "Sequence[Text]") -> "Sequence[Judgement]":
        return beside(texts, judge(texts))

    return both
