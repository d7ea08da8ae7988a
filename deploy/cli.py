"""The command `themewire`. Commands are imported when they are asked for, so that `--help` is quick."""

import importlib
import sys

import click

from deploy.options import COMMANDS, CommandError

__all__ = ["group", "main"]


class _Lazy(click.Group):
    """A group whose commands are modules of `deploy.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"deploy.commands.{name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            hint = f" Did you mean {near[0]}?" if near else " `themewire --help` lists them."
            ctx.fail(f"there is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="themewire", prog_name="themewire")
def group() -> None:
    """Watches technology feeds for four themes and tells people, once and soon, when something happens.

    \b
    themewire demo                    # see it work, on feeds that ship with it
    themewire run                     # poll, tag, alert and deliver, until stopped
    themewire tail alerts.standards   # follow the alerts of a theme
    """


def main() -> None:
    """Runs the command line: exit 0 done, 1 failed, 2 wrong usage; an error is one sentence."""
    try:
        group.main(prog_name="themewire", standalone_mode=False)
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        _fail(f"{error.format_message()}{where}", 2)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped", 1)
    except (CommandError, click.ClickException) as error:
        _fail(error.format_message() if isinstance(error, click.ClickException) else str(error), 1)
    except Exception as error:
        from deploy.options import EXPECTED

        if not isinstance(error, EXPECTED()):
            raise
        _fail(str(error), 1)


def _fail(sentence: str, status: int) -> None:
    print(f"themewire: {sentence}", file=sys.stderr)
    sys.exit(status)
