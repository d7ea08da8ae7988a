"""From the records on `themes` to what judges by them: each head is read once, and kept until there is another."""

import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from classifiers.judging.classify import Judgement
from classifiers.judging.encoders import Encoders
from classifiers.judging.model import ModelError
from classifiers.judging.passages import MOST
from classifiers.judging.rules import Rules
from classifiers.judging.text import Text
from classifiers.own.head import ThemeHead, read_head
from classifiers.own.judging import Heads, with_own_themes
from stream.records import NewerVersion, OwnTheme, decode
from stream.themes.watched import watched

__all__ = ["OwnServing"]

log = logging.getLogger(__name__)


class OwnServing:
    """Judges by all themes of one's own, by the global table `themes`; `encoders` may be shared.

    A head that cannot be read is passed over, loudly: its theme tags nothing until it is learnt again.
    """

    def __init__(self, encoders: Encoders, rules: Rules | None = None, passages: int = MOST) -> None:
        self._encoders = encoders
        self._rules = rules or Rules()
        self._passages = passages
        self._read: dict[str, tuple[OwnTheme, ThemeHead] | None] = {}
        self._values: dict[str, bytes] = {}

    def judge(
        self, themes: Mapping[str, bytes], *, token_vectors: bool = True
    ) -> Callable[[Sequence[Text], Sequence[Judgement]], Sequence[Judgement]]:
        """What puts the themes as they are now beside judgements."""
        heads = self._heads(themes)

        def both(texts: Sequence[Text], judged: Sequence[Judgement]) -> Sequence[Judgement]:
            if not heads.heads:
                return judged
            return [
                self._rules.apply(text, self._judge(text, one, heads, token_vectors))
                for text, one in zip(texts, judged, strict=True)
            ]

        return both

    def _judge(self, text: Text, judged: Judgement, heads: Heads, token_vectors: bool) -> Judgement:
        return with_own_themes(text, judged, heads, self._encoders, self._passages, token_vectors=token_vectors)

    def _heads(self, themes: Mapping[str, bytes]) -> Heads:
        before, self._values = self._values, dict(themes)
        self._read = {
            name: self._read[name] if before.get(name) is value else _theme(name, value)
            for name, value in themes.items()
        }
        rows = {row[0].id: row for row in self._read.values() if row}
        order = [theme.id for theme in watched({name: row[0] for name, row in rows.items()})]
        return Heads(
            heads={name: rows[name][1] for name in order},
            ids={name: rows[name][0].model for name in order},
            sure=frozenset(name for name in order if rows[name][0].sure),
        )


def _theme(name: str, value: bytes) -> tuple[OwnTheme, ThemeHead] | None:
    try:
        theme = decode(value, OwnTheme)
        return (theme, read_head(theme.head)) if theme.head else None
    except (NewerVersion, msgspec.MsgspecError, ModelError) as error:
        log.error("the theme %s is not judged: %s", name, error)
        return None
