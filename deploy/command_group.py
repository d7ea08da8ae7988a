"""Groups of commands whose modules are imported when they are asked for, so that `--help` is quick."""

import importlib
import keyword
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import click

from deploy.options import COMMON

__all__ = ["CommandGroup"]

SENTENCE = 200  # characters: what a command does is said in a whole sentence, which click would cut to 45


class CommandGroup(click.Group):
    """The commands of a package below `deploy.commands`, one module each, with a click command named `command`.

    `commands` names them; where it is a mapping to what they do, help does not import them.
    """

    def __init__(self, name: str, help: str, commands: Sequence[str] | Mapping[str, str], **rest: object) -> None:
        super().__init__(name, help=help, params=list(COMMON), **rest)  # type: ignore[arg-type]  # click's own
        self._package = "deploy.commands" if name == "themewire" else f"deploy.commands.{name}"
        self._commands = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of help."""
        return list(self._commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name not in self._commands:
            return None
        module = cmd_name.replace("-", "_") + ("_" if keyword.iskeyword(cmd_name) else "")
        command = importlib.import_module(f"{self._package}.{module}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Their names, and what each does."""
        if isinstance(self._commands, Mapping):
            rows = list(self._commands.items())
        else:
            found = ((name, self.get_command(ctx, name)) for name in self._commands)
            rows = [(name, command.get_short_help_str(limit=SENTENCE)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a wrong name is told what is near."""
        name = args[0]
        if name not in self._commands and not name.startswith("-"):
            near = get_close_matches(name, self._commands, 1)
            hint = f" Did you mean {near[0]}?" if near else f" `{ctx.command_path} --help` lists them."
            ctx.fail(f"there is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)
