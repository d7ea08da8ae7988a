"""How numbers, spans of time and long texts are written for people."""

import unicodedata

__all__ = ["fitted", "plural", "show_span"]


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 feed`, `2 feeds`; `many` where the plural takes more than an s."""
    return f"{count} {noun if count == 1 else many or f'{noun}s'}"


def show_span(seconds: float) -> str:
    """A span of time in one unit, as `90 s`, `5 min`, `3.5 h` or `2 d`."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


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
