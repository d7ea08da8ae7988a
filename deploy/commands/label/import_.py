"""`themewire label import`."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from classifiers.labels.collected import read_labels
from classifiers.labels.formats import Imported, read_labels_of
from deploy.commands.label.file_formats import FORMAT_BY_SUFFIX, FORMATS
from deploy.commands.label.label_records import append, me
from deploy.options import CommandError, common, opened, printable
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.records import Label
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default by the file's suffix, else jsonl.")
@click.option("--who", default=me, show_default="the user", help="Who says so, where a row does not name anybody.")
@common
def command(settings: Settings, files: tuple[Path, ...], form: str | None, who: str) -> None:
    """Import labels from files.

    FILE may be `-` for standard input. A row of JSON lines or CSV has title, summary, lang, url, and either `themes`,
    all that the item is about, or `yes` and `no`. What is not understood is named, for each file, and a label that is
    known already adds nothing.
    """
    failed = 0
    with opened(settings) as log:
        known = {label.id: label for _, _, label in read_labels(log).records}
        for file in files:
            try:
                name, imported = _imported(settings, file, form, who)
            except CommandError as error:
                if len(files) == 1:
                    raise
                click.echo(printable(str(error)), err=True)
                failed += 1
                continue
            new = list(_new(imported.labels, known))
            append(log, new)
            problems = [*imported.problems, *_altered(imported.labels, known)]
            for sentence in (*imported.notes, *problems):
                click.echo(printable(f"{name}, {sentence}"), err=True)
            which = f"{name}: " if len(files) > 1 else ""
            click.echo(printable(f"{which}{_counts(imported, new, problems)}"))
            failed += bool(problems)
    if failed:
        raise CommandError(f"not everything was understood in {plural(failed, 'file')}; the rest was imported")


def _imported(settings: Settings, file: Path, form: str | None, who: str) -> tuple[str, Imported]:
    text, name = _read(file)
    form = form or FORMAT_BY_SUFFIX.get(file.suffix, "jsonl")
    with opened(settings) as log:
        themes = every_theme(log)
    try:
        return name, read_labels_of(text, form, themes, who=who, at=clock(), origin=f"import of {name}")
    except ValueError as error:
        raise CommandError(f"{name} cannot be imported: {error}") from error


def _new(labels: Sequence[Label], known: dict[str, Label]) -> Iterator[Label]:
    """The labels that are not known yet, each once; they are known from then on."""
    for label in labels:
        if label.id not in known:
            known[label.id] = label
            yield label


def _altered(labels: Sequence[Label], known: dict[str, Label]) -> Iterator[str]:
    """A sentence on each label whose id is that of another one: it was changed in the file, and labels never change."""
    for label in labels:
        if _said(label) != _said(known[label.id]):
            yield f"the label {label.id} is known and says something else: undo it, and give the new one no id"


def _said(label: Label) -> tuple[str, str, set[str], set[str], str]:
    return label.item.id, label.who, set(label.yes), set(label.no), label.undoes


def _counts(imported: Imported, new: Sequence[Label], problems: Sequence[str]) -> str:
    parts = [f"{plural(len(new), 'label')} imported"]
    if again := len(imported.labels) - len(new):
        parts.append(f"{again} known already")
    if problems:
        parts.append(f"{len(problems)} not understood")
    return ", ".join(parts)


def _read(file: Path) -> tuple[str, str]:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read().decode("utf-8-sig"), "standard input"
        return file.read_text(encoding="utf-8-sig"), file.name
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8: {error}") from error
