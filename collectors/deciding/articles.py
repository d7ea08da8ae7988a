"""Items that wait for their article: which ones do, for how long, and what the article's text makes of them.

An item waits in a row of its own, armed for the moment at which it goes on the stream without its article. Whichever
comes first, the answer or that moment, takes the row away; what comes later finds none and changes nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from msgspec.structs import replace

from collectors.deciding.clean_text import SUMMARY_CHARACTERS, plain, shortened
from collectors.deciding.full_text import MAX_TEXT
from collectors.poll_result import Article, ArticleOrder
from stream.engine.stage import Request, Result
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Tick
from stream.records import Failure, Feed, Item, decode, encode

__all__ = ["ARTICLE", "WAITING", "Articles", "Mode", "Tally", "Wait", "take_tally"]

ARTICLE = "article"  # the kind of the requests
WAITING = "waiting"  # the table of items, by feed and item
TALLIES = "articles"  # the table of what articles came to since the last poll, by feed
Mode = Literal["off", "short", "all"]
SHORT = 280  # characters: with less a reader has to follow the link to learn what happened
TEASER = 1000  # characters, where the text says itself that it goes on
GOES_ON = ("…", "...", "[...]", "[…]", "read more", "continue reading", "weiterlesen", "lire la suite", "leer más")


@dataclass(frozen=True, slots=True)
class Wait:
    """The setting: for which items an article is asked, how long (s) an item waits for it at most, and how many
    characters of it are kept."""

    mode: Mode = "off"
    seconds: float = 20.0
    most: int = MAX_TEXT


class Tally(msgspec.Struct, frozen=True):
    """What the articles of a feed's items came to since its last poll, with the last failure."""

    read: int = 0
    failed: int = 0
    failure: Failure | None = None


@dataclass
class Articles:
    """One turn's items: those that go on the stream, those that begin to wait, and how many did either for the balance.

    `facts` count by `new` and `revised` what was put off to a later turn (`deferred_…`) and what an earlier one had put
    off (`resumed_…`).
    """

    tables: Tables
    wait: Wait
    now: int
    outs: list[Out] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)

    def put(self, feed: Feed, items: Sequence[Item]) -> None:
        """Items that a poll brought; one that is revised while it waits goes first as it was."""
        for item in items:
            self._release(f"{item.feed}/{item.id}", "late")
            if not _wanted(feed.articles or self.wait.mode, item):
                self.outs.append(Out(topics.ITEMS, item.id, encode(item)))
                continue
            until = self.now + int(self.wait.seconds * 1000)
            order = ArticleOrder(url=item.url, feed_url=feed.url, until=until)
            self.tables.put(WAITING, f"{item.feed}/{item.id}", encode(item), due=until)
            self.requests.append(
                Request(f"{item.feed}/{item.id}/{item.revision}", ARTICLE, msgspec.msgpack.encode(order))
            )
            self._count("deferred", item)

    def answered(self, result: Result) -> None:
        """An article has come, or has not: its item goes on, if it still waits in this revision."""
        key, _, revision = result.request.id.rpartition("/")
        row = self.tables.get(WAITING, key)
        if row is not None and str(decode(row, Item).revision) == revision:
            article = msgspec.msgpack.decode(result.answer, type=Article)
            self._release(key, article.outcome, article)

    def overdue(self, tick: Tick) -> None:
        """An item has waited long enough."""
        self._release(tick.key, "late")

    def _release(self, key: str, outcome: str, article: Article | None = None) -> None:
        row = self.tables.get(WAITING, key)
        if row is None:
            return
        item = decode(row, Item)
        self.tables.delete(WAITING, key)
        self._count("resumed", item)
        item = replace(_with_text(item, article.text if article else "", self.wait.most), article=outcome)
        self.outs.append(Out(topics.ITEMS, item.id, encode(item)))
        message = article.message if article else f"the article did not come within {self.wait.seconds:g} s"
        _tally(self.tables, item.feed, None if outcome == "read" else Failure(outcome, message))

    def _count(self, what: str, item: Item) -> None:
        self.facts[f"{what}_{'revised' if item.revision else 'new'}"] += 1


def take_tally(tables: Tables, feed: str) -> Tally:
    """The feed's tally, which then begins anew."""
    row = tables.get(TALLIES, feed)
    if row is None:
        return Tally()
    tables.delete(TALLIES, feed)
    return msgspec.json.decode(row, type=Tally)


def _tally(tables: Tables, feed: str, failure: Failure | None) -> None:
    row = tables.get(TALLIES, feed)
    before = msgspec.json.decode(row, type=Tally) if row else Tally()
    if failure is None:
        after = replace(before, read=before.read + 1)
    else:
        after = replace(before, failed=before.failed + 1, failure=failure)
    tables.put(TALLIES, feed, msgspec.json.encode(after))


def _wanted(mode: str, item: Item) -> bool:
    """History is not asked about: it raises no alert, and each new feed would have a hundred pages fetched at once."""
    if mode == "off" or item.baseline or not item.url:
        return False
    return mode == "all" or _is_stub(item.text or item.summary)


def _is_stub(text: str) -> bool:
    return len(text) < SHORT or (len(text) < TEASER and text.rstrip(" »>→").lower().endswith(GOES_ON))


def _with_text(item: Item, article: str, most: int) -> Item:
    """The item with the article's text where that is fuller; its beginning is shown where the feed gave no summary."""
    if len(article) <= len(item.text or item.summary):
        return item
    text, partial = shortened(article, most), len(article) > most
    return replace(item, text=text, partial=partial, summary=item.summary or plain(article, SUMMARY_CHARACTERS))
