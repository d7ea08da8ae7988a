"""A title of an item that has none: the words of its address, as a stand-in until its page is read."""

import re
from urllib.parse import unquote, urlsplit

__all__ = ["address_title"]

_ENDING = re.compile(r"\.(?:s?html?|php|aspx?|jsp|md|pdf|xml)$", re.IGNORECASE)
# Numbers and dates before and behind the words name the page to its site only.
_NUMBERS = re.compile(r"^(?:\d+[-_ ]+)+|(?:[-_ ]+[0-9a-f]*\d[0-9a-f]*)+$", re.IGNORECASE)
_BETWEEN = re.compile(r"[-_+\s]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def address_title(url: str) -> str:
    """The words of the last part of the address that has some, or the address without its scheme."""
    parts = urlsplit(url)
    for part in reversed(parts.path.split("/")):
        text = _ENDING.sub("", unquote(part))
        words = _BETWEEN.sub(" ", _NUMBERS.sub("", text)).strip()
        if len(_WORD.findall(words)) > 1 or (words and not words.isascii()):
            return words[:1].upper() + words[1:]
    return f"{parts.netloc}{parts.path}"
