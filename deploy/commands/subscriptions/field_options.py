"""The options that describe a subscription: one for each field of the record that has a flag, and those of channels."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import click

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.channels.registry import channel_options as options_of
from stream.records import ContractItem, Destination
from stream.subscriptions.fields import FieldOption, field_options

__all__ = ["channel_options", "described"]

Command = Callable[..., None]
_CONTRACT = (
    click.option("--must-alert", multiple=True, metavar="TITLE", help="An item that must alert it."),
    click.option("--must-not-alert", multiple=True, metavar="TITLE", help="An item that must not."),
)


def described(*without: str) -> Callable[[Command], Command]:
    """Adds an option for each field but those that are named, and hands the fields on together as `fields`."""
    options = [each for each in field_options() if each.field not in without]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def gathered(*arguments: Any, **given: Any) -> None:  # noqa: ANN401  (click's values)
            fields = {each.field: given.pop(each.field) for each in options}
            items = [ContractItem(title, True) for title in given.pop("must_alert")]
            items += [ContractItem(title, False) for title in given.pop("must_not_alert")]
            command(*arguments, fields={**fields, "contract": tuple(items)}, **given)

        decorators: list[Callable[[Command], Command]] = [*map(_option, options), *_CONTRACT]
        decorated: Command = gathered
        for option in reversed(decorators):
            decorated = option(decorated)
        return decorated

    return decorate


def channel_options(command: Command) -> Command:
    """Adds an option for the address of each channel, and their own; hands them on together as `channel`."""
    own = {
        name: (option.metavar, f"For {', '.join(kinds)}: {option.help}")
        for name, (option, kinds) in options_of().items()
    }

    @functools.wraps(command)
    def gathered(*arguments: Any, **given: Any) -> None:  # noqa: ANN401  (click's values)
        addresses = {kind: given.pop(kind) for kind in CHANNELS}
        options = {name: text for name in own if (text := given.pop(name))}
        command(*arguments, channel=_destination(addresses, options), **given)

    texts = {kind: (channel.address.metavar, channel.address.help) for kind, channel in CHANNELS.items()} | own
    for name, (metavar, text) in reversed(texts.items()):
        flag = f"--{name.replace('_', '-')}"
        gathered = click.option(flag, name, default="", metavar=metavar, help=text)(gathered)
    return gathered


def _destination(addresses: Mapping[str, str], options: dict[str, str]) -> Destination:
    named = [kind for kind, address in addresses.items() if address]
    if len(named) != 1:
        raise click.UsageError(f"give one of {', '.join(f'--{kind}' for kind in addresses)}")
    return Destination(named[0], addresses[named[0]], options)


def _option(of: FieldOption) -> Callable[[Command], Command]:
    if of.kind is bool:
        return click.option(
            of.flag, of.field, is_flag=True, default=of.default, flag_value=not of.default, help=of.help
        )
    kept = {"multiple": True} if of.several else {"default": of.default, "show_default": of.default not in ("", 0)}
    if of.choices:
        return click.option(of.flag, of.field, type=click.Choice(of.choices), help=of.help, **kept)
    return click.option(of.flag, of.field, type=of.kind, metavar=of.metavar, help=of.help, **kept)
