"""Command lines as documents show them, split into words the way a shell would."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

__all__ = ["Call", "calls_in"]

_OPERATORS = re.compile(r"[|&;()]+")
_REDIRECTIONS = re.compile(r"[<>&|]*[<>][<>&|]*")
_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_ELLIPSES = ("...", "…")


@dataclass(frozen=True, slots=True)
class Call:
    """A program without its folder, and its words; `open_ended` where an ellipsis stands for more of them."""

    program: str
    words: tuple[str, ...]
    open_ended: bool


def calls_in(line: str) -> Iterator[Call]:
    """Yield what a line calls; `ValueError` where a shell would not take it, as for a quote that does not end."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    skip = False
    for word in [*lexer, ";"]:
        if _OPERATORS.fullmatch(word):
            yield from _call(words)
            words = []
        elif _REDIRECTIONS.fullmatch(word):
            words = words[:-1] if words and words[-1].isdigit() else words  # 2>
        elif not skip:
            words.append(word)
        skip = bool(_REDIRECTIONS.fullmatch(word))


def _call(words: list[str]) -> Iterator[Call]:
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    if words:
        given = tuple(word for word in words[1:] if word not in _ELLIPSES)
        yield Call(PurePosixPath(words[0]).name, given, len(given) < len(words) - 1)
