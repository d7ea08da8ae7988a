"""Judging items with a model: a probability for each theme, a decision, and the spans that carried it.

An item is judged passage by passage, and for each theme the best passage counts; so a digest of ten subjects is of the
theme of any of them. What is one passage is judged as that. Of many passages one is always somewhat like a theme: each
has a share of the odds only, so that a long item is not tagged, or unsure, for its length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classifiers.judging.cascade import Decided, Look, Looker
from classifiers.judging.encoders import COSTLY, Encoders, encoder_version, token_encoder
from classifiers.judging.language import Languages
from classifiers.judging.meaning import meaning
from classifiers.judging.model import Model, ModelError, model_id
from classifiers.judging.passages import MOST, Cut, Passage, cut
from classifiers.judging.reasons import reasons_of
from classifiers.judging.text import Span, Text, too_short
from classifiers.judging.token_vectors import token_vectors_of
from stream.records import Reason

__all__ = ["Classifier", "Judgement"]

_FOREIGN_AT = 0.8  # confidence from which a language that was not taught makes a judgement unsure
_CLOSER_LOOKS = 2  # passages for each theme that the costly level reads, beside the opening
_DEARER = 8  # times: what a costly level takes, where no cheap one stands before it


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of an item.

    `tags` are the themes whose probability reaches its threshold. `decision` is `tagged` or `none` where the model is
    sure that the tags are exactly right, and `unsure` where it is not (its tags are then the best guess) or where it
    cannot tell at all (too few words, a language or a subject it was not taught: then there are no tags). `nearness`
    is the cosine with the nearest of what the model has seen; `rule` names rules that decided in its place.

    `spans` has, by theme, the passage that was judged so, where that is not the item's opening: of each tag and, of
    what is unsure without any, of the likeliest theme. `partial` says that some of the item was not judged; it is
    never surely none then. `vectors` and `token_vectors` are, by tag, those of the passage, from which the stage
    `story` tells whether another text is about the same event.

    `own` has a decision for each theme of one's own, since those are judged apart: `decision` is of the others.
    `own_models` are the ids of the heads that have tagged.
    """

    themes: dict[str, float]
    tags: tuple[str, ...]
    decision: Decided
    lang: str
    reasons: tuple[Reason, ...]
    model: str
    rule: str = ""
    nearness: float = 0.0
    spans: Mapping[str, Span] = field(default_factory=dict)
    partial: bool = False
    vectors: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    token_vectors: Mapping[str, bytes] = field(default_factory=dict)
    own: Mapping[str, Decided] = field(default_factory=dict)
    own_models: Mapping[str, str] = field(default_factory=dict)


class Classifier:
    """A model with the encoders that it needs; encoders and languages may be shared between classifiers.

    At most `most` passages of an item are judged. Raises `ModelError` for a model that was fitted on another version
    of an encoder, and `EncoderError` where one cannot be had.
    """

    def __init__(
        self,
        model: Model,
        encoders: Encoders | None = None,
        languages: Languages | None = None,
        most: int = MOST,
    ) -> None:
        _check_versions(model)
        self.model = model
        self.id = model_id(model)
        self._encoders = encoders or Encoders()
        self._languages = languages or Languages()
        self._looker = Looker(model, self._encoders)
        self._most = most

    def judge(self, items: Sequence[Text], *, reasons: bool = True, token_vectors: bool = True) -> list[Judgement]:
        """Return one judgement an item, in order; each is the same alone and in any company.

        Reasons and token vectors are needed only where alerts are made: each costs as much as the judgement.
        Raises `EncoderError` if an encoder of the model cannot be loaded.
        """
        return [self._judge(item, reasons, token_vectors) for item in items]

    def _judge(self, item: Text, reasons: bool, token_vectors: bool) -> Judgement:
        opening = Passage(item)
        found = self._languages.detect(opening.line, item.lang)
        foreign = found.code not in self.model.languages and found.confidence >= _FOREIGN_AT
        read = self._cut(item, found.code, foreign)
        looks = self._looks(read.passages, found.code, foreign)
        tags, decision = _decided(looks, self.model.themes)
        if decision == "none" and read.partial:
            decision = "unsure"
        carrying = {theme: self._carrying(looks, theme) for theme in tags or self._likeliest(looks, decision)}
        tellings = [(look, [tag for tag in tags if carrying[tag] is look]) for look in looks]
        tellings = [(look, own) for look, own in tellings if own]
        return Judgement(
            themes=dict(zip(self.model.themes, np.max([look.row for look in looks], axis=0).tolist(), strict=True)),
            tags=tags,
            decision=decision,
            lang=found.code,
            reasons=tuple(
                reason
                for look, own in tellings
                for reason in (reasons_of(look, own, found.code, self.model, self._encoders) if reasons else ())
            ),
            model=self.id,
            nearness=(tellings[0][0] if tellings else looks[0]).near,
            spans={theme: look.passage.span for theme, look in carrying.items() if look.passage.span},
            partial=read.partial,
            vectors={
                tag: rows for look, own in tellings for rows in [meaning(look.vectors, found.code)] for tag in own
            },
            token_vectors=self._token_vectors(tellings, found.code) if token_vectors else {},
        )

    def _cut(self, item: Text, lang: str, foreign: bool) -> Cut:
        """What is judged of an item: of one in a language that was not taught, the opening shows that."""
        dear = self._looker.cheap_level(lang) is None and not COSTLY.isdisjoint(self.model.heads[-1].encoders)
        found = cut(item, max(1, self._most // _DEARER) if dear else self._most)
        return Cut(found.passages[:1], found.partial or len(found.passages) > 1) if foreign else found

    def _looks(self, passages: Sequence[Passage], lang: str, foreign: bool) -> list[Look]:
        """The look at the opening, and those at the passages that are like some theme."""
        opening, *rest = passages
        legible = [passage for passage in rest if not too_short(passage.line)]
        among = max(1, len(legible))
        looks = [self._looker.look(opening, lang, not foreign and not too_short(opening.line))]
        if cheap := self._looker.cheap_level(lang):
            legible = self._looker.likeliest(legible, cheap, _CLOSER_LOOKS)
        found = (self._looker.look(passage, lang, among=among) for passage in legible)
        return looks + [look for look in found if not look.ruled_out]

    def _carrying(self, looks: Sequence[Look], theme: str) -> Look:
        """The opening where that is enough for the theme, else the passage that says it most clearly."""
        column = self.model.themes.index(theme)
        telling = [look for look in looks if theme in look.tags]
        telling = [look for look in telling if look.decision == "tagged"] or telling or list(looks)
        if telling[0] is looks[0] and theme in looks[0].tags:
            return looks[0]
        return max(telling, key=lambda look: float(look.row[column]))

    def _likeliest(self, looks: Sequence[Look], decision: Decided) -> tuple[str, ...]:
        if decision != "unsure":
            return ()
        return (self.model.themes[int(np.max([look.row for look in looks], axis=0).argmax())],)

    def _token_vectors(self, tellings: Sequence[tuple[Look, Sequence[str]]], lang: str) -> dict[str, bytes]:
        reader = token_encoder(self._encoders, self.model.heads[-1].encoders) if tellings else None
        made = [(token_vectors_of(look.passage.line, lang, reader), own) for look, own in tellings if reader]
        return {tag: rows for rows, own in made for tag in own}


def _decided(looks: Sequence[Look], themes: Sequence[str]) -> tuple[tuple[str, ...], Decided]:
    """The tags of the passages that are sure of theirs, else of those that are not.

    A passage that the model is unsure of must not make unsure what another one tells for sure.
    """
    sure = [look for look in looks if look.decision == "tagged"]
    given = {tag for look in sure or looks for tag in look.tags}
    tags = tuple(theme for theme in themes if theme in given)
    if sure:
        return tags, "tagged"
    return tags, "unsure" if any(look.decision == "unsure" for look in looks) else "none"


def _check_versions(model: Model) -> None:
    for name in sorted({name for head in model.heads for name in head.encoders}):
        made, here = model.versions.get(name, ""), encoder_version(name)
        if made != here:
            raise ModelError(f"The model was made with {name} {made}, and here is {here or 'none'}: train again.")
