"""`themewire subscriptions add|list|mute|remove|show`."""

import functools
from collections.abc import Callable
from typing import Any

import click
import msgspec
from msgspec.structs import replace

from deploy.options import CommandError, common, opened, print_json, printable, show_time, span
from deploy.settings.locations import clock, theme_ids
from deploy.settings.model import Settings
from stream.delivering.channels.registry import CHANNELS, channel_of
from stream.log import topics
from stream.log.global_tables import GlobalTable
from stream.log.port import Log
from stream.log.records import Out
from stream.records import ContractItem, Subscription, decode, encode
from stream.subscriptions.rules import Wrong, accepted, check_removal

__all__ = ["add", "asked", "everyone", "find", "list_", "mute", "remove", "show", "wish"]

_OPTIONS = (
    click.option("--theme", "themes", multiple=True, metavar="THEME", help="A theme."),
    click.option("--threshold", type=click.FloatRange(0, 1), default=0.0, help="The least probability."),
    click.option("--lang", "languages", multiple=True, metavar="CODE", help="Only in this language, as `en`."),
    click.option("--source", "sources", multiple=True, metavar="NAME", help="Only by this source: name or host."),
    click.option("--not-source", "not_sources", multiple=True, metavar="NAME", help="Not by this source alone."),
    click.option("--word", "words", multiple=True, metavar="WORD", help="Only with this word, or /REGEX/ (RE2)."),
    click.option("--not-word", "not_words", multiple=True, metavar="WORD", help="Not with this word, or /REGEX/."),
    click.option("--least-sources", type=click.IntRange(1), default=1, help="Only once so many tell it by themselves."),
    click.option("--no-updates", is_flag=True, help="Only new alerts and retractions."),
    click.option("--digest", multiple=True, metavar="HH:MM", help="Send together what came, at this time of day."),
    click.option("--quiet", default="", metavar="HH:MM-HH:MM", help="Send nothing in this span; later what came."),
    click.option(
        "--zone", default="UTC", metavar="ZONE", help="Time zone of these, as Europe/Lisbon.", show_default=True
    ),
    click.option("--cap", type=click.IntRange(0), default=0, help="Most messages an hour; the rest comes later."),
    click.option("--must-alert", multiple=True, metavar="TITLE", help="An item that any model has to alert it on."),
    click.option("--must-not-alert", multiple=True, metavar="TITLE", help="An item that no model may alert it on."),
)


_NAMES = (
    *("themes", "threshold", "languages", "sources", "not_sources", "words", "not_words", "least_sources"),
    *("no_updates", "digest", "quiet", "zone", "cap", "must_alert", "must_not_alert"),
)


def asked(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options that say what is asked for, handed on together as `of`."""

    @functools.wraps(command)
    def gathered(*arguments: Any, **given: Any) -> None:  # noqa: ANN401  (click's values)
        of = {name: given.pop(name) for name in _NAMES}
        command(*arguments, of=of, **given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def wish(name: str, of: dict[str, Any], *, webhook: str = "", **more: Any) -> Subscription:  # noqa: ANN401  (click's)
    """The subscription that the options of `asked` describe, not yet checked."""
    own = {key: value for key, value in of.items() if key not in ("no_updates", "must_alert", "must_not_alert")}
    contract = [ContractItem(title, True) for title in of["must_alert"]]
    contract += [ContractItem(title, False) for title in of["must_not_alert"]]
    return Subscription(
        id=name,
        revision=0,
        updates=not of["no_updates"],
        webhook=webhook,
        contract=tuple(contract),
        **own,
        **more,
    )


def everyone(log: Log) -> dict[str, Subscription]:
    """Every subscription, by name."""
    view = GlobalTable(log.reader([topics.SUBSCRIPTIONS]))
    view.close()
    return {key: decode(value, Subscription) for key, value in sorted(view.rows.items())}


def find(log: Log, name: str) -> Subscription:
    """The subscription of this name."""
    if (found := everyone(log).get(name)) is None:
        raise CommandError(f"there is no subscription {name!r}: `themewire subscriptions list` shows them")
    return found


def _put(settings: Settings, log: Log, made: Subscription, seen: int | None = None) -> Subscription:
    try:
        made = accepted(made, everyone(log), theme_ids(settings), seen)
    except Wrong as error:
        raise CommandError(str(error)) from error
    log.append([Out(topics.SUBSCRIPTIONS, made.id, encode(made))])
    return made


@click.command("add")
@click.argument("name")
@asked
@click.option(
    "--event", "events", multiple=True, metavar="KIND", help="Health events of a kind, for operators; `all` for any."
)
@click.option("--webhook", default="", metavar="URL", help="Where alerts are posted.")
@click.option("--mail", default="", metavar="ADDRESS", help="Whom they are mailed to; several with commas.")
@click.option(
    "--apprise", default="", metavar="REF", help="A chat's apprise address by reference: env:NAME or file:PATH."
)
@click.option("--secret", default="", metavar="REF", help="What signs webhooks, by reference: env:NAME or file:PATH.")
@click.option("--fallback", default="", metavar="NAME", help="The subscription that hears of what is given up here.")
@click.option("--revision", type=int, help="Only if NAME stands at this revision; 0 for one that is new.")
@common
def add(
    settings: Settings,
    name: str,
    of: dict[str, Any],
    revision: int | None,
    **rest: Any,  # noqa: ANN401  (click's values)
) -> None:
    """Have the alerts of some themes, or events of health, sent; an existing subscription NAME is replaced.

    Options that name something may be given several times.
    """
    if not of["themes"] and not rest["events"]:
        raise click.UsageError("give at least one --theme or --event")
    if sum(bool(rest[kind]) for kind in CHANNELS) != 1:
        raise click.UsageError("give one of --webhook, --mail and --apprise")
    with opened(settings) as log:
        made = _put(settings, log, wish(name, of, **rest), revision)
    click.echo(f"{name}, revision {made.revision}")


@click.command("mute")
@click.argument("name")
@click.argument("how_long", callback=span, metavar="SPAN")
@common
def mute(settings: Settings, name: str, how_long: int) -> None:
    """Send NAME nothing for a SPAN of time (90m, 12h, 7d; 0m ends it); what comes meanwhile is not sent later."""
    with opened(settings) as log:
        made = replace(find(log, name), muted_until=clock() + how_long if how_long else 0)
        _put(settings, log, made)
    click.echo(f"{name} is muted until {show_time(made.muted_until)}" if how_long else f"{name} is not muted")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON list.")
@common
def list_(settings: Settings, as_json: bool) -> None:
    """Show every subscription."""
    with opened(settings) as log:
        found = everyone(log)
    if as_json:
        print_json(msgspec.to_builtins(list(found.values())))
        return
    for each in found.values():
        wanted = ", ".join((*each.themes, *(f"event {kind}" for kind in each.events)))
        muted = f"  muted until {show_time(each.muted_until)}" if each.muted_until > clock() else ""
        kind, place = channel_of(each)
        place = place if kind == "webhook" else f"{kind} {place}"
        click.echo(printable(f"{each.id}  {wanted}  from {each.threshold:.2f}  {place}{muted}"))


@click.command("show")
@click.argument("name")
@common
def show(settings: Settings, name: str) -> None:
    """Show a subscription as JSON."""
    with opened(settings) as log:
        print_json(msgspec.to_builtins(find(log, name)))


@click.command("remove")
@click.argument("name")
@common
def remove(settings: Settings, name: str) -> None:
    """Remove a subscription; what waits to be delivered to it is given up."""
    with opened(settings) as log:
        find(log, name)
        try:
            check_removal(name, everyone(log))
        except Wrong as error:
            raise CommandError(str(error)) from error
        log.append([Out(topics.SUBSCRIPTIONS, name, None)])
    click.echo(f"removed {name}")
