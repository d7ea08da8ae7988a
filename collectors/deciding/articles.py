"""Items that wait for their article: which ones do, for how long, and what the article's text makes of them.

An item waits in a row of its own, armed for the moment at which it goes on the stream without its article. Whichever
comes first, the result or that moment, deletes the row; what comes later finds none and changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from collectors.article_result import ARTICLE, ArticleRequest, ArticleResult
from collectors.deciding.text.address_title import address_title
from collectors.deciding.text.clean import SUMMARY_CHARACTERS, TITLE_CHARACTERS, plain, shortened
from collectors.deciding.text.full import MAX_TEXT
from stream.engine.derived import Derivation, Keys
from stream.engine.stage import Request, Result
from stream.engine.tables import Table, Tables
from stream.log import topics
from stream.log.records import Out, Tick
from stream.records import Failure, Feed, Item, encode

__all__ = ["WAITING", "ArticleCounts", "ArticlePolicy", "Articles", "Mode", "take_counts"]

Mode = Literal["off", "short", "all"]
SHORT = 280  # characters: with less a reader has to follow the link to learn what happened
TEASER = 1000  # characters, of a text that ends with a promise of more
GOES_ON = ("…", "...", "[...]", "[…]", "read more", "continue reading", "weiterlesen", "lire la suite", "leer más")


@dataclass(frozen=True, slots=True)
class ArticlePolicy:
    """The settings: for which items the article is read, how long (s) an item waits for it, and how many characters of
    it are kept."""

    mode: Mode = "off"
    seconds: float = 20.0
    max_text: int = MAX_TEXT


class ArticleCounts(msgspec.Struct, frozen=True):
    """How many articles of a feed's items were read since its last poll, how many were not, and the last failure."""

    read: int = 0
    failed: int = 0
    failure: Failure | None = None


WAITING = Table("waiting", Item)  # by feed and item
COUNTS = Table("articles", ArticleCounts)  # by feed
_COUNTED = Derivation(COUNTS.name, Keys)  # feeds of which articles were read since their last poll: few


@dataclass
class Articles:
    """A batch's items: those that go on the stream, those that begin to wait, and for the balance how many did either.

    `facts` count by `new` and `revised` what was left to a later batch (`deferred_…`) and what an earlier one had left
    (`resumed_…`).
    """

    tables: Tables
    policy: ArticlePolicy
    now: int
    outs: list[Out] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def put(self, feed: Feed, items: Sequence[Item], pages: bool = False) -> None:
        """Takes items that a poll brought; one that is revised while it waits goes first as it was.

        Those of a source that lists `pages` have no text of their own: unless the feed's record says otherwise, they
        are read where they are short.
        """
        mode = feed.articles or ("short" if pages and self.policy.mode == "off" else self.policy.mode)
        for item in items:
            key = f"{item.feed}/{item.id}"
            self._resume(key, "late")
            if not _wanted(mode, item):
                self.outs.append(Out(topics.ITEMS, item.id, encode(item)))
                continue
            until = self.now + int(self.policy.seconds * 1000)
            titled = item.title != address_title(item.url)[:TITLE_CHARACTERS]
            body = msgspec.msgpack.encode(ArticleRequest(item.url, feed.url, until, titled))
            WAITING.put(self.tables, key, item, due=until)
            self.requests.append(Request(f"{key}/{item.revision}", ARTICLE, body))
            self._count("deferred", item)

    def arrived(self, result: Result) -> None:
        """Takes an article's result: its item goes on, if it still waits in this revision."""
        key, _, revision = result.request.id.rpartition("/")
        item = WAITING.get(self.tables, key)
        if item is not None and str(item.revision) == revision:
            article = msgspec.msgpack.decode(result.answer, type=ArticleResult)
            titled = msgspec.msgpack.decode(result.request.body, type=ArticleRequest).titled
            self._resume(key, article.outcome, article, "" if titled else article.title)

    def timed_out(self, tick: Tick) -> None:
        """An item has waited long enough."""
        self._resume(tick.key, "late")

    def _resume(self, key: str, outcome: str, article: ArticleResult | None = None, title: str = "") -> None:
        item = WAITING.get(self.tables, key)
        if item is None:
            return
        WAITING.delete(self.tables, key)
        self._count("resumed", item)
        item = _with_text(item, article.text if article else "", self.policy.max_text)
        item = replace(item, title=plain(title, TITLE_CHARACTERS) or item.title, article=outcome)
        self.outs.append(Out(topics.ITEMS, item.id, encode(item)))
        message = article.message if article else f"the article did not come within {self.policy.seconds:g} s"
        _add(self.tables, item.feed, None if outcome == "read" else Failure(outcome, message))

    def _count(self, what: str, item: Item) -> None:
        self.facts[f"{what}_{'revised' if item.revision else 'new'}"] += 1


def take_counts(tables: Tables, feed: str) -> ArticleCounts:
    """The feed's counts, which then begin at 0 again."""
    counts = COUNTS.get(tables, feed) if feed in tables.derived(_COUNTED) else None
    if counts is None:
        return ArticleCounts()
    COUNTS.delete(tables, feed)
    return counts


def _add(tables: Tables, feed: str, failure: Failure | None) -> None:
    before = COUNTS.get(tables, feed) or ArticleCounts()
    if failure is None:
        after = replace(before, read=before.read + 1)
    else:
        after = replace(before, failed=before.failed + 1, failure=failure)
    COUNTS.put(tables, feed, after)


def _wanted(mode: str, item: Item) -> bool:
    """Not for history: it raises no alert, and each new feed would have a hundred pages fetched at once."""
    if mode == "off" or item.baseline or not item.url:
        return False
    return mode == "all" or _is_stub(item.text or item.summary)


def _is_stub(text: str) -> bool:
    return len(text) < SHORT or (len(text) < TEASER and text.rstrip(" »>→").lower().endswith(GOES_ON))


def _with_text(item: Item, article: str, most: int) -> Item:
    """The item with the article's text where that is fuller; its beginning is the summary where the feed has none."""
    if len(article) <= len(item.text or item.summary):
        return item
    text, partial = shortened(article, most), len(article) > most
    return replace(item, text=text, partial=partial, summary=item.summary or plain(article, SUMMARY_CHARACTERS))
