"""`themewire feeds add`: looks at the address first, and finds the feed behind a page."""

import sys
from collections.abc import Mapping

import click
import msgspec

from collectors.deciding.clean_text import TITLE_CHARACTERS, clean
from collectors.fetching.credentials import CredentialsError, check_credentials
from deploy.commands.feeds.feed_records import add_wishes, checked, read_wishes
from deploy.commands.feeds.looker import FeedSeen, Look, Looker, PageSeen, newest
from deploy.options import CommandError, common, opened, printable, show_time
from deploy.running.first_day import feed_id
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.net.guard import parse_url
from stream.records import Feed

__all__ = ["command"]

MOST_CANDIDATES = 10
LOOK_SECONDS = 20.0
SHOWN = 3


@click.command("add")
@click.argument("url")
@click.option("--title", default=None, help="A name; else the feed's own.")
@click.option("--interval", type=click.FloatRange(min=1), metavar="SECONDS", help="The shortest time between polls.")
@click.option("--longest", type=click.FloatRange(min=1), metavar="SECONDS", help="The longest time between polls.")
@click.option(
    "--credentials",
    metavar="REF",
    help="`basic REF` (of user:password), `bearer REF` or `header NAME REF`, with REF as env:NAME or file:PATH.",
)
@click.option(
    "--articles",
    type=click.Choice(["off", "short", "all"]),
    help="For which of its items the article itself is read; else as the setting fetch.articles says.",
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common
def command(
    settings: Settings,
    url: str,
    title: str | None,
    interval: float | None,
    longest: float | None,
    credentials: str | None,
    articles: str | None,
    yes: bool,
) -> None:
    """Have the feed at URL, or the one that the web page at URL names, polled.

    It is looked at first. What cannot be read now is added all the same, with a warning, unless you say no.
    """
    url = checked(url)
    _check_credentials(credentials)
    said = {
        "title": title,
        "interval": interval,
        "longest": longest,
        "credentials": credentials,
        "articles": articles,
    }
    changes = {name: value for name, value in said.items() if value is not None}
    with opened(settings) as log:
        wishes = read_wishes(settings, log)
        secret = _changed(wishes, url, changes).credentials
        with Looker(settings, min(settings.fetch.deadline, LOOK_SECONDS)) as looker:
            found, seen = _found(looker, url, secret)
        if secret and not _same_origin(found, url):
            _say(f"{found} is elsewhere than {url}: it is polled without the credentials")
            changes["credentials"] = ""
        wish = _changed(wishes, found, changes)
        _confirm(found, seen, not yes and sys.stdin.isatty())
        add_wishes(log, [wish])
    click.echo(f"{wish.id}  {wish.url}")


def _changed(wishes: Mapping[str, Feed], url: str, changes: Mapping[str, object]) -> Feed:
    """The wish for this address; what is not said anew stays as it was."""
    known = wishes.get(feed_id(url)) or Feed(id=feed_id(url), url=url)
    wish = msgspec.structs.replace(known, **changes, paused=False)
    if wish.longest and wish.longest < wish.interval:
        raise CommandError(f"--longest {wish.longest:g} is shorter than the interval of {wish.interval:g} seconds")
    return wish


def _check_credentials(text: str | None) -> None:
    try:
        check_credentials(text or "")
    except CredentialsError as error:
        raise CommandError(f"--credentials: {error}") from error


def _found(looker: Looker, url: str, credentials: str) -> tuple[str, Look]:
    """The address of the feed here, or of the first that the page here names and that can be read."""
    if sys.stderr.isatty():
        _say(f"looking at {url} ...")
    seen = looker.look(url, credentials)
    if not isinstance(seen, PageSeen):
        return url, seen
    if not seen.links:
        raise CommandError(f"{url} is a web page that names no feed: give the address of the feed itself")
    reasons = []
    for link in seen.links[:MOST_CANDIDATES]:
        tried = looker.look(link.url, credentials if _same_origin(link.url, url) else "", given_url=url)
        if isinstance(tried, FeedSeen):
            _say(f"{url} is a web page; its feed is {link.url}")
            for other in seen.links:
                if other.url != link.url:
                    _say(f"  it also names {other.url}  {other.title}")
            return link.url, tried
        reasons.append(f"{link.url} ({tried.failure.message})")
    raise CommandError(f"{url} is a web page that names no feed that can be read now: {', '.join(reasons)}")


def _same_origin(one: str, other: str) -> bool:
    first, second = parse_url(one), parse_url(other)
    return (first.scheme, *first.address) == (second.scheme, *second.address)


def _confirm(url: str, seen: Look, ask: bool) -> None:
    """Shows what the feed would yield, or why it cannot be read, and asks."""
    if isinstance(seen, FeedSeen):
        entries = newest(seen.parsed, clock())
        _say(
            f"{clean(seen.parsed.title, TITLE_CHARACTERS) or url}: {len(entries)} entries"
            + (", the newest:" if entries else "")
        )
        for at, title in entries[:SHOWN]:
            _say(f"  {show_time(at)}  {title or '(no title)'}")
        for warning in seen.parsed.warnings:
            _say(f"warning: {warning}")
    else:
        _say(f"warning: {url} cannot be read now: {seen.failure.message} ({seen.failure.kind})")
    if ask:
        readable = isinstance(seen, FeedSeen)
        click.confirm(f"Poll {url}?" if readable else "Add it all the same?", default=False, abort=True, err=True)


def _say(line: str) -> None:
    click.echo(printable(line), err=True)
