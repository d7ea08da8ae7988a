"""How numbers and long texts are written for people."""

import unicodedata

__all__ = ["fitted", "plural"]


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 feed`, `2 feeds`; `many` where the plural takes more than an s."""
    return f"{count} {noun if count == 1 else many or f'{noun}s'}"


def fitted(text: str, columns: int, fill: bool = True) -> str:
    """The text in so many columns of a terminal, cut with an ellipsis where it is longer, filled up where shorter."""
    widths = [_columns(character) for character in text]
    if sum(widths) > columns:
        room, kept = columns - 1, 0
        while kept < len(text) and (room := room - widths[kept]) >= 0:
            kept += 1
        text = text[:kept] + "…"
    missing = columns - sum(map(_columns, text))
    return text + " " * missing if fill else text


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
