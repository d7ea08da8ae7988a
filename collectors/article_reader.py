"""Reads an article: robots.txt, fetch, text. What it comes to is a result, never an exception."""

import time
from collections.abc import Callable

import msgspec

from collectors.article_result import ArticleRequest, ArticleResult
from collectors.fetching.fetch import Fetcher
from collectors.fetching.results import ACCEPT_PAGES, Fetched, FetchFailed, FetchRequest, NotModified
from collectors.fetching.robots import Robots
from collectors.parsing.parsed import ParseFailed
from collectors.parsing.parser_pool import ParserPool
from stream.engine.stage import Request

__all__ = ["ArticleReader", "Unavailable"]

PAGES = ("text/html", "application/xhtml+xml")


class ArticleReader:
    """Reads articles, for many threads; `clock` is in ms, and a page has at most `max_bytes`.

    Feeds' credentials are not sent along, and a private network is reached at the feed's own host and port only.
    """

    def __init__(
        self, fetcher: Fetcher, robots: Robots, parsers: ParserPool, max_bytes: int, clock: Callable[[], int]
    ) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._parsers = parsers
        self._max_bytes = max_bytes
        self._clock = clock

    def perform(self, request: Request) -> bytes:
        """Reads an article, for the worker."""
        return msgspec.msgpack.encode(self.read(msgspec.msgpack.decode(request.body, type=ArticleRequest)))

    def read(self, request: ArticleRequest) -> ArticleResult:
        """Reads an article; that ends when no item waits for it any more."""
        end = time.monotonic() + (request.until - self._clock()) / 1000

        def left() -> float:
            return max(0.001, end - time.monotonic())

        if self._clock() >= request.until:
            return ArticleResult("late", message="the limits of its host let it begin too late")
        if refusal := self._robots.refusal(request.url, request.feed_url, left()):
            return ArticleResult("robots", message=refusal)
        fetch = FetchRequest(
            request.url, max_bytes=self._max_bytes, deadline=left(), given_url=request.feed_url, accept=ACCEPT_PAGES
        )
        match self._fetcher.fetch(fetch):
            case FetchFailed(kind=kind, message=message):
                return ArticleResult(kind, message=message)
            case NotModified():  # no validators were sent
                return ArticleResult("protocol", message="the server says that nothing has changed, but was not asked")
            case Fetched() as page:
                if page.final_url != request.url and (
                    refusal := self._robots.refusal(page.final_url, request.feed_url, left())
                ):
                    return ArticleResult("robots", message=refusal)
                return self._article(page, left())

    def _article(self, page: Fetched, within: float) -> ArticleResult:
        kind = page.content_type.partition(";")[0].strip().lower()
        if kind and kind not in PAGES:
            return ArticleResult("no_text", message=f"the link leads to {kind}, not to a page")
        found = self._parsers.article(page.body, page.content_type, page.final_url, within)
        if isinstance(found, ParseFailed):
            return ArticleResult(found.kind, message=found.message)
        if not found.text:
            return ArticleResult("no_text", message="no article was found in the page", title=found.title)
        return ArticleResult("read", found.text, title=found.title)


class Unavailable:
    """Stands in where the extra `articles` is not installed, and says so to feeds that want articles."""

    def perform(self, _: Request) -> bytes:
        """Reads nothing."""
        message = "the extra is not installed: install themewire[articles]"
        return msgspec.msgpack.encode(ArticleResult("unavailable", message=message))
