"""Names that somebody gives: who they are, an id, a link to look for. On one line, and not too long."""

from stream.errors import ThemewireError

__all__ = ["LONGEST_LINK", "LONGEST_NAME", "BadName", "checked_name"]

LONGEST_NAME = 200
LONGEST_LINK = 2000


class BadName(ThemewireError, ValueError):
    """A name is refused; the sentence says why, and repeats none of it."""


def checked_name(text: str, what: str, longest: int = LONGEST_NAME) -> str:
    """Return the name as it is; raises `BadName` for one that is too long, or has what no reader sees."""
    if len(text) > longest:
        raise BadName(f"{what} has {len(text):,} characters, and at most {longest:,} are taken")
    if not text.isprintable():  # controls, line ends, what turns the direction of writing, half surrogates
        raise BadName(f"{what} has control characters, or others that cannot be seen")
    return text
