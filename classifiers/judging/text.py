"""What of an item is read: one clean line made of title and summary, bounded in length."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["MIN_LETTERS", "Span", "Text", "line", "spans", "too_short", "without"]

MIN_LETTERS = 8  # fewer letters than this say nothing; an ideogram counts for three
TITLE_CHARACTERS, SUMMARY_CHARACTERS = 200, 220  # most feeds say what it is about by then, and encoders cost by length

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_LINK = re.compile(r"https?://\S+")
_SPACE = re.compile(r"\s+")
_IDEOGRAM = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CLAUSE = re.compile(r"[^.,;:!?()\[\]|·—–。、，；：！？「」『』（）।॥\n]+")
_END = re.compile(r"[.!?…。！？।॥:]$")


@dataclass(frozen=True, slots=True)
class Text:
    """An item's words; `lang` is what its source declares, often missing or wrong, and only a hint."""

    title: str
    summary: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of `title` or `summary`, in characters of the original text."""

    field: str
    start: int
    end: int


def line(text: Text) -> str:
    """Return title and summary as one line without markup, links and repetition."""
    title = _clean(text.title)[:TITLE_CHARACTERS]
    summary = _clean(text.summary)[:SUMMARY_CHARACTERS]
    if summary.startswith(title):
        title, summary = summary, ""
    if not title or not summary:
        return title or summary
    return f"{title} {summary}" if _END.search(title) else f"{title}. {summary}"


def too_short(clean: str) -> bool:
    """Whether a line has too little in it to be judged at all."""
    letters = sum(character.isalpha() for character in clean)
    return letters + 2 * len(_IDEOGRAM.findall(clean)) < MIN_LETTERS


def spans(text: Text, at_most: int) -> tuple[Span, ...]:
    """Return clauses of the part that `line` reads, long ones cut into pieces, at most so many of them.

    Scripts without spaces are cut by characters, the others between words.
    """
    size = 6
    while len(found := tuple(_cut(text, size))) > at_most:
        size += size // 2  # ends, for at_most of two and more: a field is one piece once the size exceeds it
    return found


def without(text: Text, span: Span) -> Text:
    """Return the text with the span taken out."""
    if span.field == "title":
        return replace(text, title=text.title[: span.start] + " " + text.title[span.end :])
    return replace(text, summary=text.summary[: span.start] + " " + text.summary[span.end :])


def _clean(field: str) -> str:
    plain = _TAG.sub(" ", html.unescape(field[: 4 * SUMMARY_CHARACTERS]))
    return _SPACE.sub(" ", _LINK.sub(" ", plain)).strip()


def _cut(text: Text, size: int) -> Iterator[Span]:
    for field, value, limit in (
        ("title", text.title, TITLE_CHARACTERS),
        ("summary", text.summary, SUMMARY_CHARACTERS),
    ):
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
