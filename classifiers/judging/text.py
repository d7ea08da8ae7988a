"""How a piece of an item is read: as one clean line made of title and summary, bounded in length."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

__all__ = [
    "MIN_LETTERS",
    "SUMMARY_CHARACTERS",
    "Field",
    "Span",
    "Text",
    "letters",
    "line",
    "plain",
    "spans",
    "too_short",
    "without",
]

MIN_LETTERS = 8  # fewer letters than this say nothing; an ideogram counts for three
TITLE_CHARACTERS, SUMMARY_CHARACTERS = 200, 220  # of one line: encoders blur what is longer, and cost by length

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_LINK = re.compile(r"https?://\S+")
_SPACE = re.compile(r"\s+")
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLAUSE = re.compile(r"[^.,;:!?()\[\]|·—–。、，；：！？「」『』（）।॥\n]+")
_END = re.compile(r"[.!?…。！？।॥:]$")


Field = Literal["title", "summary", "text"]


@dataclass(frozen=True, slots=True)
class Text:
    """An item's words; `lang` is what its source declares, often missing or wrong, and only a hint.

    `text` is the whole of it, a line a paragraph, where that is more than the summary; `partial` says that there was
    more still.
    """

    title: str
    summary: str = ""
    lang: str = ""
    text: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one of a text's fields, in characters of the original."""

    field: Field
    start: int
    end: int


def line(text: Text, most: int = SUMMARY_CHARACTERS) -> str:
    """Return title and summary, up to so many characters of it, as one line without markup, links and repetition."""
    title = plain(text.title)[:TITLE_CHARACTERS]
    summary = plain(text.summary, most)[:most]
    if summary.startswith(title):
        title, summary = summary, ""
    if not title or not summary:
        return title or summary
    return f"{title} {summary}" if _END.search(title) else f"{title}. {summary}"


def too_short(clean: str) -> bool:
    """Whether a line has too little in it to be judged at all."""
    return letters(clean) < MIN_LETTERS


def letters(text: str) -> int:
    """Return how much a text says, in letters; an ideogram counts for three."""
    return sum(map(str.isalpha, text)) + 2 * len(_IDEOGRAM.findall(text))


def spans(text: Text, at_most: int, most: int = SUMMARY_CHARACTERS) -> tuple[Span, ...]:
    """Return clauses of the part that `line` reads, long ones cut into pieces, at most so many of them.

    Scripts without spaces are cut by characters, the others between words.
    """
    size = 6
    while len(found := tuple(_cut(text, size, most))) > at_most:
        size += size // 2  # ends, for at_most of two and more: a field is one piece once the size exceeds it
    return found


def without(text: Text, span: Span) -> Text:
    """Return the text with the span taken out."""
    if span.field == "title":
        return replace(text, title=text.title[: span.start] + " " + text.title[span.end :])
    return replace(text, summary=text.summary[: span.start] + " " + text.summary[span.end :])


def plain(field: str, most: int = SUMMARY_CHARACTERS) -> str:
    """Return a field, or as much of it as gives so many characters, on one line without markup and links."""
    shown = _TAG.sub(" ", html.unescape(field[: 4 * most]))
    return _SPACE.sub(" ", _LINK.sub(" ", shown)).strip()


def _cut(text: Text, size: int, most: int) -> Iterator[Span]:
    fields: tuple[tuple[Field, str, int], ...] = (
        ("title", text.title, TITLE_CHARACTERS),
        ("summary", text.summary, most),
    )
    for field, value, limit in fields:
        start = end = -1
        for first, last in _pieces(value[:limit], size):
            if start >= 0 and last - start > size:
                yield Span(field, start, end)
                start = -1
            start, end = (first if start < 0 else start), last
        if start >= 0:
            yield Span(field, start, end)


def _pieces(value: str, size: int) -> Iterator[tuple[int, int]]:
    """The words of each clause (or thirds of `size` where no space divides them), as start and end."""
    step = max(2, size // 6)
    for clause in _CLAUSE.finditer(value):
        for word in re.finditer(r"\S+", clause.group()):
            first, last = clause.start() + word.start(), clause.start() + word.end()
            if not _IDEOGRAM.search(word.group()):
                yield first, last
                continue
            for at in range(first, last, step):
                yield at, min(at + step, last)
