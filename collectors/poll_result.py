"""What the stage and its performers say to each other: an order to poll or to read, and what it came to."""

import msgspec

from collectors.parsing.parsed import Parsed

__all__ = ["Article", "ArticleOrder", "Document", "Order", "PollAnswer", "PollFailed", "Unchanged"]


class Order(msgspec.Struct, frozen=True):
    """What is to be polled, and what is known of it.

    `given_url` is the address of the wish where the feed has moved from there to `url`, `credentials` a reference.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    given_url: str = ""
    credentials: str = ""


class Document(msgspec.Struct, frozen=True, tag="document"):
    """A document that was read; validators and hash are to be stored with its items.

    `permanent_url` is where permanent redirects have led ("" for nowhere), `max_age` what Cache-Control says (s),
    `received` how many bytes of a body were read.
    """

    etag: str
    last_modified: str
    body_hash: str
    permanent_url: str
    parsed: Parsed
    seconds: float
    max_age: int = 0
    received: int = 0


class Unchanged(msgspec.Struct, frozen=True, tag="unchanged"):
    """The server says so (`not_modified`), or the body is the stored one."""

    etag: str
    last_modified: str
    not_modified: bool
    seconds: float
    permanent_url: str = ""
    max_age: int = 0
    received: int = 0


class PollFailed(msgspec.Struct, frozen=True, tag="failed"):
    """Why nothing could be read: a kind and a sentence; `retry_after` in seconds, 0 when nothing was said.

    `asked` is False where no request was made, since another feed's answer has asked for time: the feed itself is well.
    `host` is one that asks to be left alone by all its feeds for `cooling` seconds.
    """

    kind: str
    message: str
    retry_after: float
    seconds: float
    received: int = 0
    asked: bool = True
    host: str = ""
    cooling: float = 0.0


PollAnswer = Document | Unchanged | PollFailed


class ArticleOrder(msgspec.Struct, frozen=True):
    """An article that is to be read for an item of the feed at `feed_url`; after `until` (ms) nobody waits for it."""

    url: str
    feed_url: str
    until: int


class Article(msgspec.Struct, frozen=True):
    """What an order came to: one of `ARTICLE_OUTCOMES`, with the text where it was read, or a sentence why not."""

    outcome: str
    text: str = ""
    message: str = ""
