"""Text of the world made plain: no markup, one line, nothing that steers a terminal, a page or a reader's eye."""

import html
import re
import unicodedata

import nh3

__all__ = ["SUMMARY_CHARACTERS", "TITLE_CHARACTERS", "clean"]

TITLE_CHARACTERS = 500
SUMMARY_CHARACTERS = 4000
READ_CHARACTERS = 100_000  # of what a feed gives: what lies further back is never shown

_BLOCK = re.compile(r"<\s*/?\s*(?:p|br|div|li|ul|ol|tr|td|th|h[1-6]|hr|blockquote|section|article)\b[^<>]*>", re.I)
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&[a-zA-Z#]")
_SPACE = re.compile(r"\s+")
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS = re.compile(f"({_MARK}{{4}}){_MARK}+")  # no script puts more on one letter
_JOINERS = "\u200c\u200d"


def clean(text: str, limit: int) -> str:
    """The text as a reader sees it, on one line, in NFC, at most `limit` characters, cut at a word."""
    text = text[:READ_CHARACTERS]
    if _MARKUP.search(text):
        # Block elements part words; all tags go, with the content of scripts and styles; entities are undone once.
        text = html.unescape(nh3.clean(_BLOCK.sub(" ", text), tags=set(), clean_content_tags={"script", "style"}))
        if _MARKUP.search(text):  # encoded twice by the publisher: a tag that shows up now is none of ours to show
            text = nh3.clean(_BLOCK.sub(" ", text), tags=set(), clean_content_tags={"script", "style"})
            text = html.unescape(text)
    text = "".join(c for i, c in enumerate(text) if _is_shown(text, i, c))
    text = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    return _cut(_SPACE.sub(" ", text).strip(), limit)


def _is_shown(text: str, at: int, character: str) -> bool:
    """Whether a character may stay: controls, bidi controls, invisible ones and half surrogates may not.

    Joiners stay between letters and within emoji, where scripts need them.
    """
    if character.isspace():
        return True
    if character in _JOINERS:
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        return _needs_joiner(before) and bool(after) and not after.isspace()
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _needs_joiner(character: str) -> bool:
    if not character or character.isascii():
        return False
    return unicodedata.category(character) in ("So", "Sk", "Mn", "Mc") or not "\u0000" <= character < "\u0590"


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    head = short.rpartition(" ")[0]
    return (head if len(head) > limit // 2 else short).rstrip() + "…"
