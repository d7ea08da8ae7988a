"""The text of an entry for the classifier: all that the feed has of it, not only the summary for people."""

from collectors.deciding.text.clean import READ_CHARACTERS, paragraphs, shortened
from collectors.parsing.parsed import Entry

__all__ = ["MAX_TEXT", "text_of"]

MAX_TEXT = 20_000
_BEGINNING = 100  # characters that two texts do not share by chance


def text_of(entry: Entry, description: str, summary: str, most: int) -> tuple[str, bool]:
    """Return the text, a line a paragraph, and whether some of it had to be left out.

    It is the fuller of `description`, the paragraphs of its summary, and content, or both where neither repeats the
    other. Where it is the `summary` over again, there is none.
    """
    content = paragraphs(entry.content) if entry.content else ""
    if content and _repeats(description, content):
        whole = content
    elif not content or _repeats(content, description):
        whole = description
    else:
        whole = f"{description}\n{content}"
    partial = len(whole) > most or max(len(entry.summary), len(entry.content)) >= READ_CHARACTERS
    text = shortened(whole, most)
    return ("" if text == summary else text), partial


def _repeats(one: str, other: str) -> bool:
    """Whether a text is the beginning of another, at the least; an ellipsis at its end counts, too."""
    beginning = " ".join(one.split())[:_BEGINNING].rstrip(".… []")
    return len(one) <= len(other) and beginning in " ".join(other.split())
