"""A message as lines of plain runs: what a chat shows, each in its own markup, cut to what it takes.

A run is text or a link and never markup, so each channel writes it down in its own way, and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stream.delivering.layout import Fact, Section

__all__ = ["Line", "Run", "as_lines", "fitting", "text_of"]


@dataclass(frozen=True)
class Run:
    """A piece of a line; with a `url` it is a link: to an item, and then the text is the address, or one of ours."""

    text: str
    url: str = ""
    strong: bool = False

    @property
    def own(self) -> bool:
        """Whether it is a link of ours, behind words of ours."""
        return bool(self.url) and self.text != self.url


Line = tuple[Run, ...]
LEFT_OUT: Line = (Run("…"),)


def as_lines(subject: str, sections: Sequence[Section]) -> tuple[Line, ...]:
    """The sections without what the subject says already; an empty line is between two of them."""
    lines: list[Line] = []
    for section in sections:
        lines += [()] if lines else []
        if section.heading and section.heading not in subject:
            lines.append((Run(section.heading, strong=True),))
        lines += [(Run(text),) for text in section.paragraphs if text]
        lines += map(_fact, section.facts)
    return tuple(lines)


def _fact(fact: Fact) -> Line:
    if fact.own:
        return (Run(fact.label, fact.url),)
    runs = [Run(f"{fact.label}: "), *([Run(fact.text)] if fact.text else [])]
    if fact.url:
        runs += [*([Run(" ")] if fact.text else []), Run(fact.url, fact.url)]
    return tuple(runs)


def fitting(lines: Sequence[Line], size: Callable[[Line], int], limit: int) -> list[Line]:
    """As many lines as fit, links of ours before all others; where one is left out first, an ellipsis says so."""
    if sum(map(size, lines)) <= limit:
        return list(lines)
    left, kept = limit - size(LEFT_OUT), set[int]()
    for ours in (True, False):
        for number, line in enumerate(lines):
            if any(run.own for run in line) is ours and size(line) <= left:
                kept.add(number)
                left -= size(line)
    first = next(number for number in range(len(lines)) if number not in kept)
    shown = {number: line for number, line in enumerate(lines) if number in kept} | {first: LEFT_OUT}
    return [shown[number] for number in sorted(shown)]


def text_of(line: Line) -> str:
    """The line as plain text, in which a link of ours has its address behind it."""
    return "".join(f"{run.text}: {run.url}" if run.own else run.text for run in line)
