"""`themewire items import`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import click

from collectors.importing.lines import LONGEST_LINE, BadLine, read_line
from collectors.importing.record import import_records
from collectors.parsing.parsed import Entry
from deploy.options import CommandError, common, opened, printable
from deploy.settings.model import Settings
from deploy.wording import plural

__all__ = ["command"]

TOGETHER = 2000  # entries that are put on the stream at once
MOST_SENTENCES = 100


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--source", "name", default="imported", show_default=True, help="The name of where the items come from.")
@click.option("--news", is_flag=True, help="Raise alerts for items that are as young as news (fetch.new_within).")
@common
def command(settings: Settings, source: Path, name: str, news: bool) -> None:
    """Put the items of a JSON lines file on the stream.

    FILE may be `-` for standard input. A line has `title`, `summary`, `text` (or `html`), `url`, `id`, `published`,
    `lang` and `source`, of which one text is enough. Items are classified and can be found like those of a feed, but
    raise no alerts without --news. An item that was imported before adds nothing. The role `collect` takes them in.
    """
    if not name.strip():
        raise CommandError("--source: give a name")
    with opened(settings) as log, ExitStack() as stack:
        lines = _Lines(stack.enter_context(_open(source)), "standard input" if str(source) == "-" else source.name)
        entries = lines.entries()
        while batch := list(islice(entries, TOGETHER)):
            log.append(list(import_records(name.strip(), batch, news)))
    click.echo(f"{plural(lines.taken, 'item')} put on the stream" + (f", {lines.bad} not understood" * bool(lines.bad)))
    if lines.bad > MOST_SENTENCES:
        click.echo(f"and {lines.bad - MOST_SENTENCES} more lines that are no items", err=True)
    if lines.bad:
        raise CommandError(f"{plural(lines.bad, 'line')} could not be imported; the rest was")


def _open(source: Path) -> BinaryIO:
    if str(source) == "-":
        return sys.stdin.buffer
    try:
        return source.open("rb")
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from error


@dataclass
class _Lines:
    """A file, line by line, with a sentence on standard error for each line that is no item."""

    file: BinaryIO
    name: str
    taken: int = 0
    bad: int = 0

    def entries(self) -> Iterator[Entry]:
        """What its lines say; empty ones say nothing."""
        number = 0
        while line := self._read():
            number += 1
            if not line.strip(b"\xef\xbb\xbf \t\r\n"):
                continue
            try:
                entry = read_line(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            except BadLine as error:
                self.bad += 1
                if self.bad <= MOST_SENTENCES:
                    click.echo(printable(f"{self.name}, line {number}: {error}"), err=True)
                continue
            self.taken += 1
            yield entry

    def _read(self) -> bytes:
        """The next line; of one that is too long only so much that it shows."""
        try:
            line = self.file.readline(LONGEST_LINE + 2)
            rest = line
            while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                rest = self.file.readline(LONGEST_LINE + 2)
        except OSError as error:
            raise CommandError(f"{self.name} cannot be read: {error.strerror}") from error
        return line
