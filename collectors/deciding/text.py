"""Text of the world made plain: no markup, one line, nothing that steers a terminal, a page or a reader's eye."""

import html
import re
import unicodedata

import nh3

__all__ = ["SUMMARY_CHARACTERS", "TITLE_CHARACTERS", "clean", "language_tag", "paragraphs", "shortened"]

TITLE_CHARACTERS = 500
SUMMARY_CHARACTERS = 4000
READ_CHARACTERS = 100_000  # of what a feed gives: what lies further back is never shown

_BLOCK = re.compile(r"<\s*/?\s*(?:p|br|div|li|ul|ol|tr|td|th|h[1-6]|hr|blockquote|section|article)\b[^<>]*>", re.I)
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&[a-zA-Z#]")
MOST_LAYERS = 6  # of encoding over encoding; whoever needs more means no reader well
_SPACE = re.compile(r"\s{2,}|[^\S\u00a0\u202f]")  # a single space that forbids a line break stays
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")  # no script puts more on one letter
_BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")  # letters that show nothing
# Joiners stand singly between two characters of scripts that need them, or of emoji; elsewhere they hide something.
_JOINS = "[\u0590-\u1fff\u2070-\u2fff\u3001-\U0010ffff]"
_LOOSE_JOINER = re.compile(f"(?<!{_JOINS})[\u200c\u200d]|[\u200c\u200d](?!{_JOINS})")
# A line that was broken for its length, and not because a paragraph ends or another point of a list begins.
_WRAP = re.compile(r"(?<!\n)\n(?![^\S\n]*(?:\n|[-*•·–—▪◦‣][^\S\n]|\d{1,3}[.)][^\S\n]))")
_VARIANT = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"
_LOOSE_VARIANT = re.compile(f"(?<![^\\s{_VARIANT}])[{_VARIANT}]")  # one follows a character, a second one says nothing


def clean(text: str, limit: int) -> str:
    """The text as a reader sees it, on one line, in NFC, at most `limit` characters, cut at a word.

    What is clean stays as it is. A publisher's escapes are undone layer by layer, since some encode twice, and a tag
    that shows up then is none of ours to show.
    """
    return shortened(_peeled(text[:READ_CHARACTERS], " "), limit)


def paragraphs(text: str) -> str:
    """The text as `clean` has it, whole, with a line for each block of a page or paragraph of plain text."""
    return _peeled(_WRAP.sub(" ", text[:READ_CHARACTERS]), "\n")


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning up to a word, with an ellipsis, where it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    head = short.rpartition(" ")[0]
    return (head if len(head) > limit // 2 else short).rstrip() + "…"


def _peeled(text: str, gap: str) -> str:
    """The text without its layers of markup; block elements become `gap`, a space or a line break."""
    for _ in range(MOST_LAYERS):
        before, text = text, _plain(text, gap)
        if text == before:
            return text
    return _plain(_plain(re.sub("[<&]", " ", text), gap), gap)


def _plain(text: str, gap: str) -> str:
    """One layer of markup undone, and what is not to be seen removed."""
    text = _visible(text)
    if _MARKUP.search(text):
        if gap == "\n" and _BLOCK.search(text):  # between elements a line break is a space
            text = text.replace("\n", " ")
        # Block elements part words; all tags go, with the content of scripts and styles; entities are undone once.
        text = html.unescape(nh3.clean(_BLOCK.sub(gap, text), tags=set(), clean_content_tags={"script", "style"}))
        text = _visible(text)
    text = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    lines = (_SPACE.sub(" ", line).strip() for line in (text.split("\n") if gap == "\n" else [text]))
    return "\n".join(line for line in lines if line)


def _visible(text: str) -> str:
    """The text without what no reader sees: controls, bidi controls, half surrogates, and what joins nothing."""
    if not text.isprintable():
        text = "".join(c for c in text if c.isprintable() or c.isspace() or c in "\u200c\u200d")
    return _LOOSE_VARIANT.sub("", _LOOSE_JOINER.sub("", _BLANKS.sub("", text)))


def language_tag(text: str) -> str:
    """A language as a feed names it, such as `pt-BR`; "" for what is no such name."""
    return text if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}", text, re.ASCII) else ""
