"""Whether a command line that a document shows would be taken: by `themewire`, `make` and `python -m`."""

import importlib.util
import re
from collections.abc import Collection, Sequence

import click

from deploy.docs.check.shell import Call

__all__ = ["make_faults", "module_faults", "themewire_faults"]

_STANDS_FOR_MORE = re.compile(r"[A-Z][A-Z0-9_]*")  # NAME, SECONDS: what the reader puts in


def themewire_faults(call: Call, root: click.Command, *, whole: bool) -> list[str]:
    """What the command line would refuse; where the line is not `whole` it names a command, and arguments may lack."""
    whole = whole and not call.open_ended
    context = click.Context(root, info_name="themewire")
    command, words = root, list(call.words)
    try:
        while isinstance(command, click.Group):
            _, words, _ = command.make_parser(context).parse_args(words)
            if not words or _STANDS_FOR_MORE.fullmatch(words[0]):
                return []
            name, found, words = command.resolve_command(context, words)
            assert found is not None  # what is not found is a UsageError
            command, context = found, click.Context(found, info_name=name, parent=context)
        return _argument_faults(command, context, words, whole=whole and not {"--help", "-h"} & set(words))
    except click.UsageError as error:
        return [error.format_message()]


def _argument_faults(command: click.Command, context: click.Context, words: list[str], *, whole: bool) -> list[str]:
    given, left, _ = command.make_parser(context).parse_args(words)
    if left:
        return [f"`{context.command_path}` takes no further argument {left[0]!r}"]
    faults = []
    for parameter in command.get_params(context):
        value = given.get(str(parameter.name))
        values = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
        if parameter.required and not values and whole:
            faults.append(f"`{context.command_path}` lacks {parameter.get_error_hint(context)}")
        if isinstance(parameter.type, (click.Choice, click.IntRange, click.FloatRange)):  # no file, no network
            faults += [fault for each in values for fault in _value_faults(each, parameter, context)][:1]
    return faults


def _value_faults(value: object, parameter: click.Parameter, context: click.Context) -> list[str]:
    try:
        if not _STANDS_FOR_MORE.fullmatch(str(value)):
            parameter.type.convert(value, parameter, context)
    except click.BadParameter as error:
        return [error.format_message()]
    return []


def make_faults(call: Call, makefile: str) -> list[str]:
    """Targets and variables that the Makefile has not."""
    targets = set(re.findall(r"^([\w-]+):(?!=)", makefile, re.MULTILINE))
    variables = set(re.findall(r"^(\w+) *[:?+]?=", makefile, re.MULTILINE))
    faults = []
    for word in call.words:
        name, is_variable, _ = word.partition("=")
        if is_variable and name not in variables:
            faults.append(f"the Makefile has no variable {name}")
        elif not is_variable and not word.startswith("-") and not word.isdigit() and name not in targets:
            faults.append(f"the Makefile has no target {name}")
    return faults


def module_faults(words: Sequence[str], paths: Collection[str]) -> list[str]:
    """What `python -m` would not find: ours among `paths`, others among what is installed."""
    if "-m" not in words[:-1]:
        return []
    name = words[words.index("-m") + 1]
    if name.split(".")[0] in paths:
        path = name.replace(".", "/")
        return [] if {f"{path}.py", f"{path}/__main__.py"} & set(paths) else [f"no module {name} can be run"]
    return [] if importlib.util.find_spec(name.split(".")[0]) else [f"no module {name} is installed"]
