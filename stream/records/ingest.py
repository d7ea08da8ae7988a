"""What is polled, and what polls bring."""

import msgspec

from stream.records.message import Failure, Message

__all__ = ["ARTICLE_OUTCOMES", "DATE_QUALITIES", "FEED_STATES", "POLL_OUTCOMES", "Feed", "Host", "Item", "Poll"]

FEED_STATES = ("new", "unverified", "healthy", "failing", "silent", "gone", "paused")
# Whether the time of an item is the feed's own, or when it was first seen, and why.
DATE_QUALITIES = ("trusted", "now", "missing", "unclear", "unreadable", "future", "ancient")
POLL_OUTCOMES = (
    "ok",
    "not_modified",
    "timeout",
    "too_large",
    "connection",
    "protocol",
    "encoding",
    "status",
    "auth",
    "gone",
    "rate_limited",
    "redirect",
    "blocked",
    "not_a_feed",
    "parse",
    "unsafe_xml",
    "robots",
)
# Of an item's article: it was read, it has none, it came too late, it cannot be read here, or as a poll may fail.
ARTICLE_OUTCOMES = ("read", "no_text", "late", "unavailable", *POLL_OUTCOMES[2:])


class Feed(Message, frozen=True, kw_only=True):
    """A feed that is polled, or another source; written by people only.

    `kind` is what kind of source it is (`collectors.sources`), and `options` are its settings as one of that kind.
    `interval` and `longest` bound the seconds between polls; 0 leaves `interval` to the setting, and `longest` to
    `interval` where one is given. `credentials` is a reference, never the secret. What was held back up to `released`
    (ms) is to be let through. `articles` says for which items the article itself is read, as `fetch.articles` does,
    which it leaves to that setting where it is empty. `unverified`: nobody has looked at the address, which is the
    case of the default list; until its first good poll it is a feed in a state of that name, not one that fails.
    """

    id: str
    url: str
    title: str = ""
    lang: str = ""
    interval: float = 0
    longest: float = 0
    paused: bool = False
    credentials: str = ""
    released: int = 0
    articles: str = ""
    kind: str = "feed"
    options: dict[str, str] = msgspec.field(default_factory=dict)
    unverified: bool = False

    def state(self, last: str = "") -> str:
        """One of `FEED_STATES`, by that of its last poll, which is empty where there was none."""
        if self.paused:
            return "paused"
        return last if last not in ("", "new") else "unverified" if self.unverified else "new"


class Host(Message, frozen=True, kw_only=True):
    """A host, as `name` or `name:port`, that has asked to be left alone by all its feeds `until` a time (ms)."""

    host: str
    until: int


class Item(Message, frozen=True, kw_only=True):
    """One revision of one entry of one feed, as clean text; `url` is the canonical link or empty.

    `source` is who published it. Where another one's feed carried it, as Google News or a planet does, `via` is that
    feed, and `source_url` an address of the publisher's, as far as it is known.

    `text` is all of it that is kept, a line a paragraph, where that is more than `summary`: it is for judging, and the
    tag stage, which passes the item on, leaves it out and puts `excerpts` in its place: by theme, the passage that was
    judged so, where that is not what title and summary begin with. `partial`: some of it was not kept, or not judged.
    `article` is one of `ARTICLE_OUTCOMES`, empty where none was asked for.
    """

    id: str
    feed: str
    source: str
    entry: str
    revision: int
    url: str
    title: str
    summary: str
    lang: str
    published: int
    date_quality: str
    first_seen: int
    baseline: bool
    text: str = ""
    partial: bool = False
    excerpts: dict[str, str] = msgspec.field(default_factory=dict)
    article: str = ""
    via: str = ""
    source_url: str = ""


class Poll(Message, frozen=True, kw_only=True):
    """How a poll ended; entries = new + revised + seen + held_back + refused, and `baseline` counts within new.

    `document_entries` is how many entries the feed's last document has, also where this poll read none, and `held` how
    many are held back in all. `received` counts the bytes of a body as they came. `gap`: none of the entries was known,
    so some may have been missed. `since` is when the state began, `moved_to` where the feed is polled instead of at its
    own address, `item_interval` the usual seconds between items and `last_item` the time of the newest; each is empty
    where it is not known. `warnings` name what of the document could not be read. `articles_read` and `articles_failed`
    count what articles came to since the poll before, with the last failure.
    """

    feed: str
    url: str
    title: str
    at: int
    outcome: str
    error: Failure | None
    state: str
    entries: int = 0
    document_entries: int = 0
    new: int = 0
    revised: int = 0
    seen: int = 0
    held_back: int = 0
    refused: int = 0
    baseline: int = 0
    interval: float = 0
    next_poll: int | None = None
    seconds: float = 0
    held: int = 0
    gap: bool = False
    failures: int = 0
    since: int | None = None
    moved_to: str = ""
    item_interval: float = 0
    last_item: int | None = None
    warnings: tuple[str, ...] = ()
    articles_read: int = 0
    articles_failed: int = 0
    article_error: Failure | None = None
    received: int = 0
