"""The command `themewire`."""

import sys

import click

from deploy.command_group import CommandGroup
from stream.errors import ThemewireError

__all__ = ["COMMANDS", "group", "main"]


COMMANDS = {
    "run": "Run everything, or some roles.",
    "demo": "Run on feeds that ship with it, served from loopback.",
    "feeds": "Add, find, check, list, pause, remove, import and export feeds; what was held back.",
    "subscriptions": "Add, list and mute subscriptions; preview, test, check and measure them.",
    "deliveries": "List what was sent and what became of it; send again what was given up.",
    "why-not": "Say what became of a link: from the feeds to each subscription.",
    "tail": "Follow a topic.",
    "classify": "Judge items, given as JSON lines on standard input.",
    "label": "Say which themes items are of; import, export, undo; which to label next.",
    "train": "Train a model from seeds and labels; it serves if it passes the gate.",
    "evaluate": "Measure a model on labelled items.",
    "models": "List and show models, promote one, roll back.",
    "replay": "Judge the last days again: which alerts would come, go or change.",
    "dead": "List, show and requeue what could not be handled.",
}

group = CommandGroup(
    "themewire",
    """Watches technology feeds for four themes and tells people, once and soon, when something happens.

    \b
    themewire demo                    see it work, on feeds that ship with it
    themewire run                     poll, tag, alert and deliver, until stopped
    themewire tail alerts.standards   follow the alerts of a theme
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
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except ThemewireError as error:
        _fail(str(error), 1)


def _fail(sentence: str, status: int) -> None:
    print(f"themewire: {sentence}", file=sys.stderr)
    sys.exit(status)
