"""What became of the wishes: each feed's state and last poll, and what was held back."""

from collections.abc import Iterator

import click
import msgspec

from deploy.commands.feeds.wishes import find, last_polls, read_wishes
from deploy.options import common, opened, print_json, printable, show_time
from deploy.settings.model import Settings
from stream.records import Feed, Item, Poll

__all__ = ["held", "list_", "show_span"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every feed: its state and why, how its last poll ended and when it is polled next."""
    with opened(settings) as log:
        wishes, polls = read_wishes(settings, log), last_polls(settings, log)
    if as_json:
        print_json([_row(wish, polls.get(key), settings.fetch.interval) for key, wish in wishes.items()])
        return
    for key, wish in wishes.items():
        poll = polls.get(key)
        row = _row(wish, poll, settings.fetch.interval)
        line = f"{row['id']}  {row['state']:8}  {row['outcome'] or '-':13}  {row['url']}"
        click.echo(printable(f"{line}  {'; '.join(_notes(wish, poll, settings.fetch.interval))}"))


def _row(wish: Feed, poll: Poll | None, interval: float) -> dict[str, object]:
    """What `feeds list --json` says of a feed; the names are a contract."""
    return {
        "id": wish.id,
        "url": wish.url,
        "title": wish.title or (poll.title if poll else ""),
        "state": _state(wish, poll),
        "outcome": poll.outcome if poll else None,
        "error": msgspec.to_builtins(poll.error) if poll and poll.error else None,
        "entries": poll.document_entries if poll else 0,
        "interval": poll.interval if poll else (wish.interval or interval),
        "last_poll": poll.at if poll else None,
        "next_poll": poll.next_poll if poll and not wish.paused else None,
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


def _state(wish: Feed, poll: Poll | None) -> str:
    return "paused" if wish.paused else (poll.state if poll else "new")


def _notes(wish: Feed, poll: Poll | None, interval: float) -> Iterator[str]:
    """The same for people: why it is in its state, and what is to come."""
    if poll is None:
        yield f"not polled yet; every {show_span(wish.interval or interval)}"
        return
    yield f"{poll.error.kind}: {poll.error.message}" if poll.error else f"{poll.document_entries} entries"
    if poll.failures > 1:
        yield f"failed {poll.failures} times running"
    if poll.since and _state(wish, poll) == poll.state:
        yield f"{poll.state} since {show_time(poll.since)}"
    if poll.state == "silent" and poll.last_item:
        yield f"last item {show_time(poll.last_item)}, usually one every {show_span(poll.item_interval)}"
    if poll.moved_to:
        yield f"moved to {poll.moved_to}"
    if poll.gap:
        yield "some items may have been missed between its last two polls"
    yield from (f"warning: {warning}" for warning in poll.warnings)
    if poll.article_error:
        asked = poll.articles_read + poll.articles_failed
        yield f"{poll.articles_failed} of {asked} articles could not be read: {poll.article_error.message}"
    if poll.held:
        yield f"{poll.held} held back (`themewire feeds held {wish.id}`)"
    if not wish.paused:
        yield f"next {show_time(poll.next_poll)}, every {show_span(poll.interval)}"


def show_span(seconds: float) -> str:
    """A span of time for people, in one unit."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


@click.command("held")
@click.argument("feed", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@common
def held(settings: Settings, feed: str | None, as_json: bool) -> None:
    """List what was held back, of one feed (an id or an address) or of all; `release` lets it through."""
    with opened(settings) as log:
        wishes = read_wishes(settings, log)
        wanted = find(wishes, feed).id if feed else None
        table = log.rows("collect", "held")
    count = 0
    for key, value in sorted(table.items()):
        of = key.partition("/")[0]
        if wanted and of != wanted:
            continue
        url = wishes[of].url if of in wishes else ""
        for item in msgspec.json.decode(value, type=list[Item]):
            count += 1
            row = {"feed": of, "feed_url": url, "id": item.id, "title": item.title, "url": item.url}
            if as_json:
                print_json({**row, "published": item.published})
            else:
                click.echo(printable(f"{of}  {show_time(item.published)}  {item.title}  {item.url}"))
    if count and not as_json:
        click.echo(f"{count} held back: `themewire feeds release FEED` lets them through", err=True)
