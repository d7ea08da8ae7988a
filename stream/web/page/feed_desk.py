"""What the page asks of those who know how feeds are found and read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stream.records import Feed

__all__ = ["FeedDesk", "FeedFound", "OpmlTaken"]


@dataclass(frozen=True)
class FeedFound:
    """What is at an address, before anything of it is saved; `page` is the web page that named it, if one did.

    `why` says by what it was known for this kind, and `options` are the settings of its kind that were found with it.
    `newest` are its entries as (moment in ms, None where its date says nothing; title), the newest first, and
    `entries` counts all of them. `a_day` is how many it brings a day, 0 where its dates do not say. `failure` says why
    nothing could be read now. `others` are further feeds of the page, as (address, title). `known` is the feed's id
    where it is polled already.
    """

    url: str
    kind: str = ""
    title: str = ""
    page: str = ""
    entries: int = 0
    a_day: float = 0.0
    newest: Sequence[tuple[int | None, str]] = ()
    warnings: Sequence[str] = ()
    failure: str = ""
    others: Sequence[tuple[str, str]] = ()
    known: str = ""
    why: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpmlTaken:
    """What came of an OPML document: how many feeds are new and how many are known, and in sentences what is not
    taken, and what of the document is damaged."""

    added: Sequence[Feed]
    known: int
    refused: Sequence[str]
    warnings: Sequence[str]


@dataclass(frozen=True)
class FeedDesk:
    """Feeds: which are wished for otherwise `since` these offsets; what is `found` at an address; what changes them.

    `since` returns by id what is wished for as of now, None for a feed that is no longer, or raises `LogError`.
    `found` takes an address, and a kind of source where somebody has chosen one. `save` takes address, kind, title and
    the kind's options, and returns the feed's id. `change` takes an id and whether it is paused,
    `release` one whose held back items are let through. Each raises `RequestRefused` with one sentence.
    """

    since: Callable[[Mapping[tuple[str, int], int]], Mapping[str, Feed | None]]
    found: Callable[[str, str], FeedFound]
    save: Callable[[str, str, str, Mapping[str, str]], str]
    pause: Callable[[str, bool], object]
    release: Callable[[str], object]
    remove: Callable[[str], None]
    take: Callable[[bytes], OpmlTaken]
    opml: Callable[[], str]
