"""The text of an article in its page, without what stands around it; runs in a parser process."""

from importlib.util import find_spec

from collectors.parsing.parsed import ParseFailed, bounded

__all__ = ["available", "read_article"]


def available() -> bool:
    """Whether the libraries of the extra `articles` are installed."""
    return all(map(find_spec, ("protego", "trafilatura")))  # found, not loaded: that takes half a second


def read_article(body: bytes, url: str) -> str | ParseFailed:
    """The article's paragraphs, a line each; `no_text` where the page has none, as one that scripts fill."""
    import trafilatura

    text = trafilatura.extract(body, url=url, include_comments=False, include_tables=True, include_images=False)
    return bounded(text, "summary") or ParseFailed("no_text", "no article was found in the page")
