"""`themewire feeds add`: looks at the address first, and finds the feed behind a page."""

import sys
from collections.abc import Mapping

import click
import msgspec

from collectors.deciding.clean_text import TITLE_CHARACTERS, clean
from collectors.fetching.credentials import CredentialsError, check_credentials
from collectors.poll_result import PollRequest
from collectors.sources.kind import SourceError
from collectors.sources.look import Look, PageSeen, SourceSeen
from collectors.sources.registry import SOURCE_KINDS, check_source
from deploy.commands.feeds.looking import Looker, newest
from deploy.commands.feeds.wishes import add_wishes, checked, read_wishes
from deploy.options import CommandError, common, opened, printable, show_time
from deploy.running.first_day import feed_id
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.net.guard import parse_url
from stream.records import Feed

__all__ = ["add"]

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
@click.option(
    "--kind",
    type=click.Choice([kind.name for kind in SOURCE_KINDS]),
    help="What kind of source it is; else that is found out.",
)
@click.option(
    "--option", "options", multiple=True, metavar="NAME=VALUE", help="A setting of this kind; may be given repeatedly."
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@common
def add(
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
        "kind": kind,
        "options": _options(options) or None,
    }
    changes = {name: value for name, value in said.items() if value is not None}
    with opened(settings) as log:
        wishes = read_wishes(settings, log)
        request = _request(_changed(wishes, url, changes), bool(kind) or feed_id(url) in wishes)
        with Looker(settings, min(settings.fetch.deadline, LOOK_SECONDS)) as looker:
            found, seen = _found(looker, request)
        changes |= {"kind": seen.kind} if isinstance(seen, SourceSeen) else {}
        if request.credentials and not _same_origin(found, url):
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


def _found(looker: Looker, request: PollRequest) -> tuple[str, Look]:
    """The address of the source here, or of the first feed that the page here names and that can be read."""
    url = request.url
    if sys.stderr.isatty():
        _say(f"looking at {url} ...")
    seen = looker.look(request)
    if not isinstance(seen, PageSeen):
        return url, seen
    if not seen.links:
        raise CommandError(f"{url} is a web page that names no feed: give the address of the feed itself")
    reasons = []
    for link in seen.links[:MOST_CANDIDATES]:
        credentials = request.credentials if _same_origin(link.url, url) else ""
        tried = looker.look(PollRequest(link.url, given_url=url, credentials=credentials))
        if isinstance(tried, SourceSeen):
            _say(f"{url} is a web page; its feed is {link.url}")
            for other in seen.links:
                if other.url != link.url:
                    _say(f"  it also names {other.url}  {other.title}")
            return link.url, tried
        reasons.append(f"{link.url} ({tried.failure.message})")
    raise CommandError(f"{url} is a web page that names no feed that can be read now: {', '.join(reasons)}")


def _same_origin(one: str, other: str) -> bool:
    first, second = parse_url(one), parse_url(other)
    return (first.scheme, *first.place) == (second.scheme, *second.place)


def _confirm(url: str, seen: Look, ask: bool) -> None:
    """Shows what the feed would yield, or why it cannot be read, and asks."""
    if isinstance(seen, SourceSeen):
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
        readable = isinstance(seen, SourceSeen)
        click.confirm(f"Poll {url}?" if readable else "Add it all the same?", default=False, abort=True, err=True)


def _say(line: str) -> None:
    click.echo(printable(line), err=True)
