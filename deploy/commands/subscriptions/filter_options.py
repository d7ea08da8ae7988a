"""The options that say what a subscription asks for."""

import functools
from collections.abc import Callable
from typing import Any

import click

from stream.records import ContractItem, Subscription

__all__ = ["asked", "wish"]

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
