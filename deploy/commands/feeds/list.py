"""`themewire feeds list`: a line for each feed, those with trouble first."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click
import msgspec

from deploy.commands.feeds.feed_records import last_polls, read_feeds
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from deploy.wording import fitted, plural
from stream.records import Feed, Poll
from stream.units import show_span

__all__ = ["command"]

# In the order in which somebody wants to see them.
STATES = ("failing", "gone", "silent", "paused", "unverified", "new", "healthy")
ROOMY = 110  # columns from which on there is room for addresses
UNBOUNDED = (10_000, 24)  # where it is not a terminal that reads, nothing is cut off


@dataclass(frozen=True)
class _Listed:
    """A feed with its last poll; `interval` in seconds."""

    feed: Feed
    poll: Poll | None
    interval: float

    @property
    def state(self) -> str:
        return self.feed.state(self.poll.state if self.poll else "")

    @property
    def title(self) -> str:
        return self.feed.title or (self.poll.title if self.poll else "")


@click.command("list")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Only feeds in this state.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list with all details.")
@common
def command(settings: Settings, states: tuple[str, ...], as_json: bool) -> None:
    """List all feeds with their state, those with trouble first.

    On a terminal of 110 columns or more the addresses are shown as well.
    """
    with opened(settings) as log:
        feeds, polls = read_feeds(settings, log), last_polls(settings, log)
    every = [_Listed(feed, polls.get(key), _interval(settings, feed, polls.get(key))) for key, feed in feeds.items()]
    chosen = [each for each in every if not states or each.state in states]
    if as_json:
        print_json([_row(each) for each in chosen])
        return
    chosen.sort(key=lambda each: (STATES.index(each.state), (each.title or each.feed.url).casefold()))
    for line in _lines(chosen, shutil.get_terminal_size(UNBOUNDED).columns):
        click.echo(line)
    click.echo(_sum(every, chosen))


def _interval(settings: Settings, feed: Feed, poll: Poll | None) -> float:
    return poll.interval if poll else (feed.interval or settings.fetch.interval)


def _lines(chosen: Sequence[_Listed], width: int) -> Iterator[str]:
    title = 24 if width < ROOMY else 32
    state = max(map(len, STATES)) if any(each.state == "unverified" for each in chosen) else 7
    longest = max((len(each.feed.url) for each in chosen), default=0)
    address = 0 if width < ROOMY else min((width - title) // 3, longest)
    for each in chosen:
        name = each.title or each.feed.url.partition("://")[2]
        cells = [each.state.ljust(state), fitted(printable(name), title)]
        cells += [fitted(printable(each.feed.url), address)] if address else []
        room = width - state - 2 - title - 2 - (address + 2 if address else 0)
        yield "  ".join([*cells, fitted(printable("; ".join(_notes(each))), max(room, 1), fill=False)]).rstrip()


def _sum(every: Sequence[_Listed], chosen: Sequence[_Listed]) -> str:
    if not every:
        return "there are no feeds yet: `themewire feeds add URL` adds one, `themewire run` the default ones"
    states = Counter(each.state for each in every)
    counts = ", ".join(f"{states[state]} {state}" for state in STATES if states[state])
    shown = f"{len(chosen)} of " if len(chosen) < len(every) else ""
    return f"{shown}{plural(len(every), 'feed')}: {counts}"


def _row(listed: _Listed) -> dict[str, object]:
    """What `feeds list --json` says of a feed; the names are a contract."""
    feed, poll = listed.feed, listed.poll
    return {
        "id": feed.id,
        "url": feed.url,
        "kind": feed.kind,
        "title": listed.title,
        "state": listed.state,
        "outcome": poll.outcome if poll else None,
        "error": msgspec.to_builtins(poll.error) if poll and poll.error else None,
        "entries": poll.document_entries if poll else 0,
        "interval": listed.interval,
        "last_poll": poll.at if poll else None,
        "next_poll": poll.next_poll if poll and not feed.paused else None,
        "since": poll.since if poll else None,
        "failures": poll.failures if poll else 0,
        "held_back": poll.held if poll else 0,
        "gap": poll.gap if poll else False,
        "moved_to": poll.moved_to if poll else "",
        "item_interval": poll.item_interval if poll else 0,
        "last_item": poll.last_item if poll else None,
        "warnings": list(poll.warnings) if poll else [],
        "articles": _articles(poll),
    }


def _articles(poll: Poll | None) -> dict[str, object] | None:
    """What the articles of its items came to between its last two polls; None where none was asked for."""
    if poll is None or not (poll.articles_read or poll.articles_failed):
        return None
    error = msgspec.to_builtins(poll.article_error) if poll.article_error else None
    return {"read": poll.articles_read, "failed": poll.articles_failed, "error": error}


def _notes(listed: _Listed) -> Iterator[str]:
    """What a person wants to know of it, the most important first: there may be no room for all."""
    feed, poll, state = listed.feed, listed.poll, listed.state
    if poll is None:
        yield f"not polled yet; every {show_span(listed.interval)}"
        return
    if poll.error:
        yield f"{poll.error.kind}: {poll.error.message}"
    else:
        entries = plural(poll.document_entries, "entry", "entries")
        yield entries if feed.kind == "feed" else f"{feed.kind}: {entries}"
    if poll.held:
        yield f"{poll.held} held back (`feeds held {feed.id}`)"
    if state == "silent" and poll.last_item:
        yield f"last item {show_time(poll.last_item)}, usually one every {show_span(poll.item_interval)}"
    if poll.failures > 1:
        yield f"failed {poll.failures} times in a row"
    if poll.article_error:
        asked = poll.articles_read + poll.articles_failed
        yield f"{poll.articles_failed} of {plural(asked, 'article')} could not be read: {poll.article_error.message}"
    if poll.gap:
        yield "some items may have been missed between its last two polls"
    yield from (f"warning: {warning}" for warning in poll.warnings)
    if poll.moved_to:
        yield f"moved to {poll.moved_to}"
    if poll.since and state == poll.state:
        yield f"{poll.state} since {show_time(poll.since)}"
    if not feed.paused and poll.next_poll:
        yield f"next poll {show_time(poll.next_poll)}, then every {show_span(poll.interval)}"
