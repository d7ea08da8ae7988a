"""The spans of a passage without which a theme is less probable, found by leaving out one after the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from classifiers.judging.cascade import Look, knows
from classifiers.judging.encoders import COSTLY, Encoders
from classifiers.judging.features import DECIMALS, features, probabilities, stack
from classifiers.judging.model import Head, Model
from classifiers.judging.passages import Passage
from classifiers.judging.text import Span, line, spans, without
from stream.records import Reason

__all__ = ["reasons_of"]

_SPANS = 8  # texts encoded again for a tagged item
_COSTLY_CHARACTERS = 300  # that a costly encoder reads again for it: without one of n spans, n - 1 of them are left
_REASONS = 3  # for each theme
_LEAST_WEIGHT = 0.01


def reasons_of(look: Look, themes: Sequence[str], lang: str, model: Model, encoders: Encoders) -> tuple[Reason, ...]:
    """Return for each of these themes the weightiest first, in characters of the item's fields.

    The cheapest level that knows the language is asked: it reads the same words, at a tenth of the cost.
    """
    head = next((head for head in model.heads if knows(head, lang)), model.heads[-1])
    passage = look.passage
    cut = spans(passage.text, _most_spans(head, passage.line), passage.most)
    shorter = stack(head.encoders, [line(without(passage.text, span), passage.most) for span in cut], encoders)
    before = probabilities(head, features(head.encoders, look.vectors, head.mean))[0]
    rows = probabilities(head, features(head.encoders, shorter, head.mean))
    found = []
    for theme in themes:
        column = model.themes.index(theme)
        drops = np.round(before[column] - rows[:, column], DECIMALS)
        best = sorted(range(len(cut)), key=lambda at: (-drops[at], at))[:_REASONS]
        found += [
            Reason(theme, (at_item := _in_item(cut[at], passage)).field, at_item.start, at_item.end, float(drops[at]))
            for at in best
            if drops[at] >= (_LEAST_WEIGHT if at != best[0] else 10**-DECIMALS)
        ]
    return tuple(found)


def _in_item(span: Span, passage: Passage) -> Span:
    where = passage.span
    return replace(where, start=where.start + span.start, end=where.start + span.end) if where else span


def _most_spans(head: Head, clean: str) -> int:
    if COSTLY.isdisjoint(head.encoders):
        return _SPANS
    return min(_SPANS, max(2, 1 + _COSTLY_CHARACTERS // max(1, len(clean))))
