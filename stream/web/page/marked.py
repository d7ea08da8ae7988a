"""Text with the words that carried a decision, as pieces that are marked or not."""

from collections.abc import Iterable

from stream.records import Reason

__all__ = ["marked"]


def marked(text: str, reasons: Iterable[Reason], field: str, theme: str = "") -> list[tuple[str, bool]]:
    """Return the pieces of a text, in order; reasons of other fields, other themes or other texts mark nothing."""
    spans = sorted(
        (each.start, each.end)
        for each in reasons
        if each.field == field and (not theme or each.theme == theme) and 0 <= each.start < each.end <= len(text)
    )
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in spans:
        if end <= at:
            continue
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[max(start, at) : end], True))
        at = end
    return [*pieces, (text[at:], False)] if at < len(text) else pieces
