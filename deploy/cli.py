"""The command `themewire`."""

import sys

import click

from deploy.command_group import CommandGroup
from deploy.options import COMMANDS, CommandError

__all__ = ["group", "main"]


group = CommandGroup(
    "themewire",
    """Watches technology feeds for four themes and tells people, once and soon, when something happens.

    \b
    themewire demo                    # see it work, on feeds that ship with it
    themewire run                     # poll, tag, alert and deliver, until stopped
    themewire tail alerts.standards   # follow the alerts of a theme
    """,
    COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
click.version_option(package_name="themewire", prog_name="themewire")(group)


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
