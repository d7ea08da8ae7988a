"""`themewire label export`."""

from pathlib import Path

import click

from classifiers.labels.collected import read_labels
from classifiers.labels.formats import write_labels
from deploy.commands.label.file_formats import FORMAT_BY_SUFFIX, FORMATS
from deploy.options import CommandError, common, opened
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default="-")
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default by the file's suffix, else jsonl.")
@common
def command(settings: Settings, file: Path, form: str | None) -> None:
    """Export all labels to a file, or to standard output.

    Labels that were undone are included, and so is their undoing.
    """

    with opened(settings) as log:
        labels = [label for _, _, label in read_labels(log).records]
    text = write_labels(labels, form or FORMAT_BY_SUFFIX.get(file.suffix, "jsonl"))
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{plural(len(labels), 'label')} exported to {file}", err=True)
