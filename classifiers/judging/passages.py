"""What of an item is judged, and in which pieces: the opening first, and then passage after passage of the rest.

    title, summary ──► the opening, as it stands in a short item
    text, else summary ──► blocks ─► sentences ─► passages, without what the opening has

A passage stands alone, without the title: under "News of the week" ten subjects would look alike.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from classifiers.judging.text import SUMMARY_CHARACTERS, Field, Span, Text, letters, line, plain

__all__ = ["MOST", "Cut", "Passage", "cut", "passage_around"]

MOST = 64  # passages of an item: with the longest ones some 20,000 characters
LONGEST = 2 * SUMMARY_CHARACTERS  # characters of a passage where shorter ones would be too many; longer ones blur
LEAST = 30  # letters with which a block is a subject of its own; what has fewer goes with the next one
# Characters of a passage, and letters with which a block ends one: the first that give few enough passages.
_SIZES = ((SUMMARY_CHARACTERS, LEAST), (LONGEST * 3 // 4, SUMMARY_CHARACTERS // 2), (LONGEST, LONGEST))

_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|h[1-6]|blockquote|section|article)\b", re.IGNORECASE)
_BLOCK = re.compile(r"[^\n]+")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？।॥]+\s*")


@dataclass(frozen=True)
class Passage:
    """A piece of an item as a text of its own; `span` is where it stands, None for the opening."""

    text: Text
    span: Span | None = None

    @property
    def most(self) -> int:
        """Characters of its summary that are read."""
        return LONGEST if self.span else SUMMARY_CHARACTERS

    @cached_property
    def line(self) -> str:
        """What an encoder reads."""
        return line(self.text, self.most)


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages that are judged, the opening first; `partial` says that there was more than these."""

    passages: tuple[Passage, ...]
    partial: bool


def cut(item: Text, most: int) -> Cut:
    """Return at most so many passages, in order; an item that is no longer than its opening is that one passage.

    Where there would be more they are made longer, and then the last ones are left out.
    """
    opening = Passage(item)
    fields: tuple[Field, ...] = ("title", "text" if item.text else "summary")
    pieces = {field: _beyond(opening, _field(item, field)) for field in fields}
    found: list[Span] = []
    for size, least in _SIZES:
        found = [
            Span(field, *at) for field in fields for at in _packed(_field(item, field), pieces[field], size, least)
        ]
        if len(found) < most:
            break
    rest = [Passage(Text("", _field(item, s.field)[s.start : s.end], item.lang), s) for s in found[: most - 1]]
    return Cut((opening, *rest), item.partial or len(rest) < len(found))


def passage_around(value: str, start: int, end: int) -> tuple[int, int]:
    """Return where the sentence or two around a stretch of a text begin and end, at most `LONGEST` characters or the
    stretch itself."""
    near = [(a, b) for a, b, _ in _pieces(value) if a < end and b > start]
    first, last = (near[0][0], near[-1][1]) if near else (start, end)
    return (first, last) if last - first <= LONGEST else (start, end)


Piece = tuple[int, int, bool]  # start, end, and whether it begins a block


def _field(item: Text, field: Field) -> str:
    return {"title": item.title, "summary": item.summary, "text": item.text}[field]


def _beyond(opening: Passage, value: str) -> list[Piece]:
    """The pieces that are not in the opening as well."""
    known = opening.line
    return [piece for piece in _pieces(value) if plain(value[piece[0] : piece[1]]) not in known]


def _pieces(value: str) -> Iterator[Piece]:
    """Sentences in their blocks, those that are long cut between words; tags are boundaries and are never cut."""
    shown = _TAG.sub(lambda tag: ("\n" if _BLOCK_TAG.match(tag[0]) else " ").ljust(len(tag[0])), value)
    for block in _BLOCK.finditer(shown):
        begins, start = True, block.start()
        while start < block.end():
            sentence = _SENTENCE_END.search(shown, start, block.end())
            end = sentence.end() if sentence else block.end()
            if end - start > SUMMARY_CHARACTERS:
                space = shown.rfind(" ", start + SUMMARY_CHARACTERS // 2, start + SUMMARY_CHARACTERS)
                end = space if space > 0 else start + SUMMARY_CHARACTERS
            text = shown[start:end]
            if text.strip():
                yield start + len(text) - len(text.lstrip()), start + len(text.rstrip()), begins
                begins = False
            start = end


def _packed(value: str, pieces: Sequence[Piece], size: int, least: int) -> Iterator[tuple[int, int]]:
    """Pieces that follow each other put together, up to a size, or up to the end of a block that says enough."""
    start = end = -1
    for first, last, begins in pieces:
        if start >= 0 and (last - start > size or (begins and letters(value[start:end]) >= least)):
            yield start, end
            start = -1
        start, end = (first if start < 0 else start), last
    if start >= 0:
        yield start, end
