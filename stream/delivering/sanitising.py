"""Text from feeds, made safe to display: one line, nothing that hides or steers, links that say where they go.

It relies on no cleaning that was done before: records may come from elsewhere.
"""

import unicodedata
from urllib.parse import quote, urlsplit

from stream.net.guard import Blocked, parse_url
from stream.text.characters import hidden
from stream.units import utc

__all__ = ["moment", "one_line", "web_link"]

LONGEST_LINK = 2000
MOST_MARKS = 4  # no script puts more on one letter
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters that show nothing


def one_line(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters, without what no reader sees.

    Controls and all kinds of space become single spaces; what steers the direction of reading, joins without width,
    or is half a surrogate pair goes, and so do marks heaped upon one letter.
    """
    kept: list[str] = []
    marks = 0
    for character in text[: 8 * limit]:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Cc", "Zs", "Zl", "Zp"):
            kept.append(" ")
        elif not hidden(character) and character not in _BLANKS and marks <= MOST_MARKS:
            kept.append(character)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def web_link(url: str) -> str:
    """The address in its one plain spelling, in ASCII and without user information; "" unless it is http or https.

    A host in another script is spelt so that it cannot be taken for another one.
    """
    if len(url) > LONGEST_LINK:
        return ""
    try:
        plain = parse_url(url).url
        fragment = quote(urlsplit(url.strip()).fragment, safe="/%:@!$&'()*+,;=~?-._")
    except (Blocked, ValueError):
        return ""
    return f"{plain}#{fragment}" if fragment else plain


def moment(ms: int) -> str:
    """A time for people, in UTC; a dash where there is none."""
    try:
        return utc(ms).strftime("%Y-%m-%d %H:%M UTC") if ms else "-"
    except (ValueError, OverflowError, OSError):
        return "-"
