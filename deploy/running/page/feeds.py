"""Feeds on the page: what is at an address, what is wished for, and OPML in and out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from collectors.deciding.text.clean import TITLE_CHARACTERS, clean
from collectors.poll_result import PollRequest
from collectors.sources.kind import SourceError
from collectors.sources.look import SourceSeen
from collectors.sources.registry import check_source
from deploy.feeds.discovery import Found, NoFeed, find_source
from deploy.feeds.looker import LOOK_SECONDS, Looker, newest
from deploy.feeds.opml import OpmlError, write_opml
from deploy.feeds.wishes import from_opml, typed_url
from deploy.running.feed_address import BadAddress, feed_at
from deploy.running.first_day import feed_id
from deploy.running.page.at_once import AtOnce
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.records import Feed
from stream.units import DAY
from stream.web.access import RequestRefused
from stream.web.feeds_api import FeedsApi
from stream.web.page import FeedDesk, FeedFound, OpmlTaken
from stream.web.page.wording import sentence

__all__ = ["feed_desk"]

PATIENCE = 30.0  # seconds, after which no further feed of a page is tried
AT_ONCE = 2  # addresses
SHOWN = 8
RECENT = 14  # days
NO_OPTIONS: Mapping[str, str] = {}


def feed_desk(settings: Settings, api: FeedsApi) -> FeedDesk:
    """The feeds as the API keeps them; addresses are looked at as the collectors would poll them, with one guard."""
    looking = AtOnce(AT_ONCE, "Other addresses are being looked at: try again in some seconds.")

    def found(address: str, kind: str = "") -> FeedFound:
        with _refusing():
            url = typed_url(address)
            check_source(kind or "feed", {})
            with looking.one(), Looker(settings, min(settings.fetch.deadline, LOOK_SECONDS)) as looker:
                return _shown(address, find_source(looker, PollRequest(url, kind=kind), PATIENCE), api.every())

    def save(address: str, kind: str, title: str, options: Mapping[str, str] = NO_OPTIONS) -> str:
        with _refusing():
            feed = feed_at(typed_url(address))
            given: dict[str, object] = {"title": title.strip()} if title.strip() else {}
            if kind:
                check_source(kind, options)
                given |= {"kind": kind, "options": dict(options)}
            return api.save(feed, paused=False, unverified=False, **given).id

    def take(data: bytes) -> OpmlTaken:
        with _refusing():
            taken = from_opml(data, api.every().keys())
        api.add(taken.new)
        return OpmlTaken(taken.new, taken.known, taken.refused, taken.warnings)

    return FeedDesk(
        api.since,
        found,
        save,
        lambda name, paused: api.change(name, paused=paused),
        lambda name: api.change(name, released=clock()),
        api.remove,
        take,
        lambda: write_opml(sorted(api.every().values(), key=lambda feed: (feed.title or feed.url).casefold())),
    )


def _shown(address: str, found: Found, known: Mapping[str, Feed]) -> FeedFound:
    others = tuple((other.url, clean(other.title, TITLE_CHARACTERS)) for other in found.others)
    page = address if found.url != typed_url(address) else ""
    there = feed_id(found.url) if feed_id(found.url) in known else ""
    if not isinstance(found.seen, SourceSeen):
        return FeedFound(found.url, page=page, failure=found.seen.failure.message, others=others, known=there)
    parsed, now = found.seen.parsed, clock()
    entries = newest(parsed, now)
    return FeedFound(
        url=found.url,
        kind=found.seen.kind,
        why=found.seen.why,
        options=parsed.options,
        title=clean(parsed.title, TITLE_CHARACTERS),
        page=page,
        entries=len(entries),
        a_day=_a_day([at for at, _ in entries if at is not None], now),
        newest=entries[:SHOWN],
        warnings=parsed.warnings,
        others=others,
        known=there,
    )


def _a_day(moments: list[int], now: int) -> float:
    """Of the last two weeks, or as far back as a shorter document goes."""
    days = max(1.0, min(RECENT, (now - min(moments)) / DAY)) if moments else 1.0
    return sum(at > now - RECENT * DAY for at in moments) / days


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuses what cannot be polled or read, by its own sentence."""
    try:
        yield
    except (BadAddress, NoFeed, OpmlError, SourceError) as error:
        raise RequestRefused(422, sentence(str(error))) from error
