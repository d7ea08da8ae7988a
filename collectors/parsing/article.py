"""The text of an article in its page, without what stands around it; runs in a parser process."""

from importlib.util import find_spec

import msgspec

from collectors.parsing.html_tree import headline, tree_of
from collectors.parsing.parsed import ParseFailed, bounded

__all__ = ["Article", "available", "read_article"]


class Article(msgspec.Struct, frozen=True):
    """The article's paragraphs, a line each, and what its page calls itself; "" for each that was not found."""

    text: str
    title: str


def available() -> bool:
    """Whether the libraries of the extra `articles` are installed."""
    return find_spec("trafilatura") is not None  # found, not loaded: that takes half a second


def read_article(body: bytes, content_type: str, url: str) -> Article | ParseFailed:
    """The article in a page; a page that scripts fill has no text."""
    import trafilatura

    text = trafilatura.extract(body, url=url, include_comments=False, include_tables=True, include_images=False)
    root = tree_of(body, content_type)
    return Article(bounded(text, "summary"), headline(root) if root is not None else "")
