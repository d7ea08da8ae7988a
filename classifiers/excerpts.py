"""From an item that was judged to the one that is passed on: its text goes, and the passages that count stay."""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from classifiers.judging.classify import Judgement
from classifiers.judging.text import Span
from stream.records import Item, Reason

__all__ = ["passed_on", "shown_reasons"]

EXCERPT = "excerpt"  # the field of reasons that point into one
_SPACE = re.compile(r"\s")


def passed_on(item: Item, verdict: Judgement | None) -> Item:
    """Return the item as all after the tag stage see it.

    So a long text is kept once, on `items`, and not in each of the records, rows and labels that hold a copy.
    """
    if verdict is None:
        return replace(item, text="")
    fields = {"title": item.title, "summary": item.summary, "text": item.text}
    excerpts = {
        theme: _SPACE.sub(" ", fields[span.field][span.start : span.end]) for theme, span in verdict.spans.items()
    }
    return replace(item, text="", partial=item.partial or verdict.partial, excerpts=excerpts)


def shown_reasons(verdict: Judgement) -> tuple[Reason, ...]:
    """Return the reasons with those in a passage as spans of its excerpt."""
    return tuple(_shown(reason, verdict.spans) for reason in verdict.reasons)


def _shown(reason: Reason, spans: Mapping[str, Span]) -> Reason:
    span = spans.get(reason.theme)
    if span is None or span.field != reason.field:
        return reason
    return Reason(reason.theme, EXCERPT, reason.start - span.start, reason.end - span.start, reason.weight)
