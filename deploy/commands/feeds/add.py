"""`themewire feeds add`: looks at the address first, and finds the feed behind a page."""

import sys
from collections.abc import Mapping

import click
import msgspec

from collectors.deciding.text.clean import TITLE_CHARACTERS, clean
from collectors.fetching.credentials import CredentialsError, check_credentials
from collectors.poll_result import PollRequest
from collectors.sources.kind import SourceError
from collectors.sources.look import Look, SourceSeen
from collectors.sources.registry import SOURCE_KINDS, check_source, kind_by_scheme
from deploy.commands.feeds.feed_records import read_feeds
from deploy.feeds.discovery import Found, find_source, same_origin
from deploy.feeds.looker import LOOK_SECONDS, Looker, newest
from deploy.options import CommandError, common, opened, printable, show_time
from deploy.running.feed_address import checked_url
from deploy.running.first_day import feed_id
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.feeds.saved import save_feeds
from stream.records import Feed

__all__ = ["command"]

SHOWN = 3


@click.command("add")
@click.argument("url")
@click.option("--title", default=None, help="Title; by default the feed's own.")
@click.option("--interval", type=click.FloatRange(min=1), metavar="SECONDS", help="Shortest time between polls.")
@click.option("--longest", type=click.FloatRange(min=1), metavar="SECONDS", help="Longest time between polls.")
@click.option(
    "--credentials",
    metavar="REF",
    help="`basic REF` (REF holds user:password), `bearer REF` (a token; of a mailbox, user:token) or "
    "`header NAME REF`; REF is env:NAME or file:PATH.",
)
@click.option(
    "--articles",
    type=click.Choice(["off", "short", "all"]),
    help="Which items have their article fetched: none, those with little text, or all. Default: fetch.articles.",
)
@click.option(
    "--kind", type=click.Choice([kind.name for kind in SOURCE_KINDS]), help="The kind of source. Default: discovered."
)
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="An option of this kind; repeatable.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@common
def command(
    settings: Settings,
    url: str,
    title: str | None,
    interval: float | None,
    longest: float | None,
    credentials: str | None,
    articles: str | None,
    kind: str | None,
    options: tuple[str, ...],
    yes: bool,
) -> None:
    """Add a feed by URL, or discover it from a web page.

    A site without a feed may have another kind of source: a sitemap, a JSON API, a page with a list, or a page that is
    watched for changes. Which kind is there, and why, is said.

    The feed is fetched first, and what it contains is shown. One that cannot be read now is added all the same, with a
    warning, unless you decline. Adding a feed again changes only the options that are given.
    """
    url = checked_url(url)
    _check_credentials(credentials)
    given = {
        "title": title,
        "interval": interval,
        "longest": longest,
        "credentials": credentials,
        "articles": articles,
        "kind": kind or kind_by_scheme(url) or None,
        "options": _options(options) or None,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with opened(settings) as log:
        feeds = read_feeds(settings, log)
        request = _request(_changed(feeds, url, changes), "kind" in changes or feed_id(url) in feeds)
        with Looker(settings, min(settings.fetch.deadline, LOOK_SECONDS)) as looker:
            found = _found(looker, request)
        if isinstance(found.seen, SourceSeen):
            changes |= {"kind": found.seen.kind}
            changes |= {"options": found.seen.parsed.options} if found.seen.parsed.options else {}
        if request.credentials and not same_origin(found.url, url):
            _say(f"warning: {found.url} is on another server than {url}, so it is polled without the credentials")
            changes["credentials"] = ""
        feed = _changed(feeds, found.url, changes)
        _confirm(found.url, found.seen, not yes and sys.stdin.isatty())
        save_feeds(log, [feed])
    click.echo(f"{feed.id}  {feed.url}")


def _changed(feeds: Mapping[str, Feed], url: str, changes: Mapping[str, object]) -> Feed:
    """The feed of this address; options that are not given stay as they were."""
    known = feeds.get(feed_id(url)) or Feed(id=feed_id(url), url=url)
    feed = msgspec.structs.replace(known, **changes, paused=False, unverified=False)
    if feed.longest and feed.longest < feed.interval:
        raise CommandError(f"--longest {feed.longest:g} is less than the interval of {feed.interval:g} seconds")
    return feed


def _check_credentials(text: str | None) -> None:
    try:
        check_credentials(text or "")
    except CredentialsError as error:
        raise CommandError(f"--credentials: {error}") from error


def _options(given: tuple[str, ...]) -> dict[str, str]:
    options = dict(option.split("=", 1) for option in given if "=" in option)
    if len(options) < len(given):
        raise CommandError("--option: each is given once, as NAME=VALUE")
    return options


def _request(feed: Feed, kind_known: bool) -> PollRequest:
    """Its first poll; a kind that is not known is found by what is there."""
    try:
        check_source(feed.kind, feed.options)
    except SourceError as error:
        raise CommandError(f"--option: {error}") from error
    kind = feed.kind if kind_known else ""
    return PollRequest(feed.url, credentials=feed.credentials, kind=kind, options=feed.options)


def _found(looker: Looker, request: PollRequest) -> Found:
    """What `find_source` finds, with what there is to say of it."""
    url = request.url
    if sys.stderr.isatty():
        _say(f"fetching {url} ...")
    found = find_source(looker, request)
    if found.url != url:
        what = found.seen.kind if isinstance(found.seen, SourceSeen) else "feed"
        _say(f"{url} is a web page; its {what} is {found.url}")
        for other in found.others:
            _say(f"  it also links to {other.url}  {other.title}")
    return found


def _confirm(url: str, seen: Look, ask: bool) -> None:
    """Shows what the feed would yield, or why it cannot be read, and asks."""
    if isinstance(seen, SourceSeen):
        entries = newest(seen.parsed, clock())
        _say(f"kind {seen.kind}: {seen.why}")
        for name, value in seen.parsed.options.items():
            _say(f"  {name}={value}")
        _say(
            f"{clean(seen.parsed.title, TITLE_CHARACTERS) or url}: {plural(len(entries), 'entry', 'entries')}"
            + (", newest first:" if entries else "")
        )
        for at, title in entries[:SHOWN]:
            _say(f"  {show_time(at)}  {title or '(no title)'}")
        for warning in seen.parsed.warnings:
            _say(f"warning: {warning}")
    else:
        _say(f"warning: {url} cannot be read now: {seen.failure.message} ({seen.failure.kind})")
    if ask:
        readable = isinstance(seen, SourceSeen)
        click.confirm(f"Poll {url}?" if readable else "Add it anyway?", default=False, abort=True, err=True)


def _say(line: str) -> None:
    click.echo(printable(line), err=True)
