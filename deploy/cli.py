"""The command `themewire`."""

import sys

import click

from deploy.command_group import CommandGroup
from stream.errors import ThemewireError

__all__ = ["COMMANDS", "group", "main"]


COMMANDS = {
    "run": "Run everything, or only some roles.",
    "demo": "Run everything on demo feeds that are served locally.",
    "feeds": "Add, list, check and remove feeds; import and export OPML.",
    "themes": "Add, list, show and remove themes of your own.",
    "subscriptions": "Add, list, preview and test subscriptions to alerts.",
    "deliveries": "List deliveries, and retry those that were given up.",
    "why-not": "Explain why a link was or was not delivered.",
    "tail": "Follow a topic of the stream.",
    "classify": "Classify items given as JSON lines.",
    "label": "Correct the classifier: add, import and export labels.",
    "train": "Train a model from the seeds and all labels.",
    "evaluate": "Measure a model on labelled items.",
    "models": "List, show, promote and roll back models.",
    "export": "Write items, judgements, alerts or labels to Parquet or JSON lines, for analysis.",
    "replay": "Reclassify the last days and show how alerts would differ.",
    "doctor": "Check everything that has to be well, and say what to do where it is not.",
    "backup": "Write the stream and the data folder to a file, also while running.",
    "restore": "Put a backup in place.",
    "migrate": "Move the embedded stream to Kafka, with nothing lost or told again.",
    "lag": "Show how many records wait for each role.",
    "topics": "Plan and make topics on Kafka, and list the rights of each role.",
    "dead": "List, show and requeue records that could not be handled.",
}

group = CommandGroup(
    "themewire",
    """Watch technology feeds for four themes and alert people once, within seconds, when something happens.

    \b
    themewire demo                    # see it work, on demo feeds
    themewire run                     # run everything until stopped
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
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except ThemewireError as error:
        _fail(str(error), 1)


def _fail(sentence: str, status: int) -> None:
    print(f"themewire: {sentence}", file=sys.stderr)
    sys.exit(status)
