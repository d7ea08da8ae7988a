"""A request to read an item's article, and what it comes to."""

import msgspec

__all__ = ["ARTICLE", "ArticleRequest", "ArticleResult"]

ARTICLE = "article"  # the kind of these requests


class ArticleRequest(msgspec.Struct, frozen=True):
    """An article to read for an item of the feed at `feed_url`; after `until` (ms) no item waits for it any more.

    `titled` is False where the item has no title but the words of its address, so that the page's own is wanted.
    """

    url: str
    feed_url: str
    until: int
    titled: bool = True


class ArticleResult(msgspec.Struct, frozen=True):
    """One of `ARTICLE_OUTCOMES`, with the text where the article was read, else a sentence that says why not.

    `title` is the page's, where one was read.
    """

    outcome: str
    text: str = ""
    message: str = ""
    title: str = ""
