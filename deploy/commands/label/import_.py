"""`themewire label import`."""

import sys
from pathlib import Path

import click

from classifiers.labels.formats import read_labels_of
from deploy.commands.label.file_formats import FORMAT_BY_SUFFIX, FORMATS
from deploy.commands.label.label_records import append, me
from deploy.options import CommandError, common, opened
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default by the file's suffix, else jsonl.")
@click.option("--who", default=me, show_default="the user", help="Who says so, where a row does not name anybody.")
@common
def command(settings: Settings, file: Path, form: str | None, who: str) -> None:
    """Import labels from a file.

    FILE may be `-` for standard input. A row of JSON lines or CSV has title, summary, lang, url, and either `themes`,
    all that the item is about, or `yes` and `no`. A row that is imported again counts once.
    """

    text, name = _read(file)
    form = form or FORMAT_BY_SUFFIX.get(file.suffix, "jsonl")
    with opened(settings) as log:
        themes = every_theme(log)
    try:
        imported = read_labels_of(text, form, themes, who=who, at=clock(), origin=f"import of {name}")
    except ValueError as error:
        raise CommandError(f"{name} cannot be imported: {error}") from error
    with opened(settings) as log:
        append(log, list(imported.labels))
    for problem in imported.problems:
        click.echo(f"{name}, {problem}", err=True)
    click.echo(f"{plural(len(imported.labels), 'label')} imported")
    if imported.problems:
        raise CommandError(f"{plural(len(imported.problems), 'row')} of {name} skipped; the rest was imported")


def _read(file: Path) -> tuple[str, str]:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig"), "standard input"
        return file.read_text(encoding="utf-8-sig"), file.name
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8: {error}") from error
