"""Text of the world made plain: no markup, one line, nothing that steers a terminal, a page or a reader's eye."""

import html
import re
import unicodedata

import nh3

from stream.text.characters import hidden

__all__ = ["SUMMARY_CHARACTERS", "TITLE_CHARACTERS", "clean", "language_tag", "paragraphs", "plain", "shortened"]

TITLE_CHARACTERS = 500
SUMMARY_CHARACTERS = 4000
READ_CHARACTERS = 100_000  # of what a feed gives: what lies further back is never shown

# What HTML renders as a block, a cell, a line of its own or an object: what stands before and behind it are two words.
_APART = """
address article aside audio blockquote body br button canvas caption center col colgroup dd details dialog dir div dl dt
embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img
input legend li listing main marquee menu nav object ol optgroup option p picture pre search section select
summary svg table tbody td textarea tfoot th thead title tr ul video xmp
"""
_BLOCK = re.compile(rf"</?(?:{'|'.join(_APART.split())})(?=[\s/>])[^<>]*>", re.I)
# An `&` that begins no whole reference: HTML would still make `¬es` of `Q&notes`, for the sake of its oldest pages.
_AMPERSAND = re.compile(r"&(?!(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);|(?:nbsp|amp|quot|lt|gt)(?!=))", re.I)
# A reference that is left over was escaped once too often; only of `&lt;` a tag would come, and it may be meant.
_LEFT_OVER = re.compile(
    r"&(?!(?:lt|gt|#0*6[02]|#x0*3[ce]);)(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31})(?:;|\Z)", re.I
)
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

# Letters of the largest scripts and usual marks, of which nothing is hidden, joined or a space of its own kind. Most
# texts have no others, and need nothing of the above.
_ORDINARY = re.compile(
    "[\t\n\r -~\u00a1-\u00ac\u00ae-\u02ff\u0388\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f\u05d0-\u05ea"
    "\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u218b\u2190-\u23ff"
    "\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]*"
)


def clean(markup: str, limit: int) -> str:
    """HTML as a reader sees it, on one line, in NFC, at most `limit` characters, cut at a word."""
    return plain(_without_tags(markup[:READ_CHARACTERS], " "), limit)


def paragraphs(markup: str) -> str:
    """HTML as `clean` has it, whole, with a line for each of its blocks, or paragraphs where it has none."""
    text = markup[:READ_CHARACTERS]
    text = text.replace("\n", " ") if _BLOCK.search(text) else _WRAP.sub(" ", text)
    lines = (plain(line, READ_CHARACTERS) for line in _without_tags(text, "\n").split("\n"))
    return "\n".join(line for line in lines if line)


def _without_tags(text: str, gap: str) -> str:
    """The text of HTML, with a gap where it is rendered apart."""
    if "<" in text or "&" in text:
        # All tags go, with the content of scripts and styles; entities are undone once.
        text = _BLOCK.sub(lambda found: f"{gap}{found[0]}{gap}", _AMPERSAND.sub("&amp;", _visible(text)))
        text = nh3.clean(text, tags=set(), clean_content_tags={"script", "style"})
        text = _LEFT_OVER.sub(lambda found: html.unescape(found[0]), html.unescape(text))
    return text


def plain(text: str, limit: int) -> str:
    """The text as a reader sees it, on one line, in NFC, at most `limit` characters, cut at a word.

    What is plain stays as it is.
    """
    text = text[:READ_CHARACTERS]
    if _ORDINARY.fullmatch(text) and unicodedata.is_normalized("NFC", text):
        return shortened(" ".join(text.split()), limit)
    text = _visible(text)
    text = _MARKS.sub(r"\1", unicodedata.normalize("NFC", text))
    return shortened(_SPACE.sub(" ", text).strip(), limit)


def _visible(text: str) -> str:
    """The text without what no reader sees: controls, bidi controls, half surrogates, and what joins nothing."""
    if not text.isprintable():
        unseen = {c for c in set(text) if not c.isspace() and c not in "\u200c\u200d" and hidden(c)}
        text = text.translate(dict.fromkeys(map(ord, unseen))) if unseen else text
    if text.isascii():
        return text
    return _LOOSE_VARIANT.sub("", _LOOSE_JOINER.sub("", _BLANKS.sub("", text)))


def language_tag(text: str) -> str:
    """A language as a feed names it, such as `pt-BR`; "" for what is no such name."""
    return text if re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}", text, re.ASCII) else ""


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning up to a word, with an ellipsis, where it has more than `limit` characters."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    head = short.rpartition(" ")[0]
    return (head if len(head) > limit // 2 else short).rstrip() + "…"
