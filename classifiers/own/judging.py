"""Judging items by the heads of themes of one's own, beside the model that ships, whose judgement stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifiers.judging.cascade import Decided
from classifiers.judging.classify import Judgement
from classifiers.judging.encoders import Encoders, Vectors, token_encoder
from classifiers.judging.features import DECIMALS, one_of, stack
from classifiers.judging.meaning import meaning
from classifiers.judging.passages import Passage, cut
from classifiers.judging.text import Span, Text, line, spans, too_short, without
from classifiers.judging.token_vectors import token_vectors_of
from classifiers.own.head import ThemeHead, probability, theme_features
from stream.records import Reason

__all__ = ["Heads", "with_own_themes"]

_SPANS, _REASONS = 6, 2
_CLOSER = 2  # passages beside the opening that all encoders read, for each theme


@dataclass(frozen=True)
class Heads:
    """The heads by theme, the id of each, and which of them may be sure."""

    heads: Mapping[str, ThemeHead]
    ids: Mapping[str, str]
    sure: frozenset[str]


@dataclass(frozen=True)
class _Seen:
    """A passage with its vectors."""

    passage: Passage
    vectors: Mapping[str, Vectors]


def with_own_themes(
    text: Text, judged: Judgement, own: Heads, encoders: Encoders, most: int, *, token_vectors: bool
) -> Judgement:
    """Return the judgement with what the heads say beside it: no probability, tag or span of before is changed."""
    if not own.heads or too_short(Passage(text).line):
        return judged
    seen = _read(text, judged.lang, own, encoders, most)
    for theme, head in own.heads.items():
        judged = _joined(judged, theme, head, own, seen, encoders, token_vectors)
    return judged


def _read(text: Text, lang: str, own: Heads, encoders: Encoders, most: int) -> list[_Seen]:
    """The opening, and of the other passages those that are most like some theme to the first encoder."""
    opening, *rest = cut(text, most).passages
    names = next(iter(own.heads.values())).encoders
    found = [_Seen(opening, stack(names, [opening.line], encoders))]
    rest = [passage for passage in rest if not too_short(passage.line)]
    if not rest:
        return found
    cheap, lines = names[0], [passage.line for passage in rest]
    vectors = encoders.get(cheap).encode(lines)
    chosen: set[int] = set()
    for head in own.heads.values():
        part = theme_features([cheap], {cheap: vectors}, [lang] * len(rest), head.means)
        likely = part @ head.weights[: part.shape[1]].astype(np.float64)
        chosen.update(sorted(range(len(rest)), key=lambda at: (-likely[at], at))[:_CLOSER])
    for at in sorted(chosen):
        more = stack(names[1:], [lines[at]], encoders)
        found.append(_Seen(rest[at], {cheap: vectors[at : at + 1], **more}))
    return found


def _joined(
    judged: Judgement,
    theme: str,
    head: ThemeHead,
    own: Heads,
    seen: Sequence[_Seen],
    encoders: Encoders,
    token_vectors: bool,
) -> Judgement:
    values = [probability(head, _row(head, one.vectors, judged.lang)) for one in seen]
    values = [values[0], *(float(one_of(len(seen), np.array(value))) for value in values[1:])]
    best = 0 if values[0] >= head.tag_at else max(range(len(seen)), key=lambda at: (values[at], -at))
    value, carrying = values[best], seen[best]
    themes = {**judged.themes, theme: value}
    if value < head.tag_at:
        return replace(judged, themes=themes, own={**judged.own, theme: "none"})
    decision: Decided = "tagged" if theme in own.sure and value >= head.alert_at else "unsure"
    passage = carrying.passage
    reasons = _reasons(passage, carrying.vectors, judged.lang, theme, head, encoders)
    tokens = token_encoder(encoders, head.encoders) if token_vectors else None
    return replace(
        judged,
        themes=themes,
        tags=(*judged.tags, theme),
        own={**judged.own, theme: decision},
        own_models={**judged.own_models, theme: own.ids[theme]},
        reasons=(*judged.reasons, *reasons),
        spans={**judged.spans, **({theme: passage.span} if passage.span else {})},
        vectors={**judged.vectors, theme: meaning(carrying.vectors, judged.lang)},
        token_vectors={
            **judged.token_vectors,
            **({theme: token_vectors_of(passage.line, judged.lang, tokens)} if tokens else {}),
        },
    )


def _row(head: ThemeHead, vectors: Mapping[str, Vectors], lang: str) -> NDArray[np.float64]:
    row: NDArray[np.float64] = theme_features(head.encoders, vectors, [lang], head.means)[0]
    return row


def _reasons(
    passage: Passage, vectors: Mapping[str, Vectors], lang: str, theme: str, head: ThemeHead, encoders: Encoders
) -> tuple[Reason, ...]:
    """The spans without which the first encoder, which is cheap, sees less of the theme; the weightiest first."""
    cheap = head.encoders[0]
    pieces = spans(passage.text, _SPANS, passage.most)
    rows = encoders.get(cheap).encode([line(without(passage.text, piece), passage.most) for piece in pieces])
    every = {cheap: np.vstack([vectors[cheap], rows])}
    part = theme_features([cheap], every, [lang] * len(every[cheap]), head.means)
    scores = part @ head.weights[: part.shape[1]].astype(np.float64)
    drops = np.round(np.tanh((scores[0] - scores[1:]) / 4), DECIMALS)
    best = sorted(range(len(pieces)), key=lambda at: (-drops[at], at))[:_REASONS]
    found = [(_in_item(pieces[at], passage), float(drops[at])) for at in best if drops[at] > 0]
    return tuple(Reason(theme, span.field, span.start, span.end, weight) for span, weight in found)


def _in_item(span: Span, passage: Passage) -> Span:
    at = passage.span
    return replace(at, start=at.start + span.start, end=at.start + span.end) if at else span
