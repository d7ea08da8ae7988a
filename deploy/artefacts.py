"""Writes what ships ready made from the seeds: the statements' vectors, and the model of the statements alone."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click
from msgspec.structs import replace

from classifiers.judging.encoders import Encoders
from classifiers.judging.text import Text, line
from classifiers.labels.collected import Labels
from classifiers.learning.kept import MODEL_FILE
from classifiers.learning.train import on_all_cores
from classifiers.learning.trainer import Trainer
from classifiers.learning.vectors import ENCODERS, vectors_file, written
from deploy.settings import Settings
from seeds.statements import load_statements
from seeds.themes import load_themes
from stream.records import encode

__all__ = ["main", "shipped_model", "shipped_vectors"]


def shipped_vectors(name: str, encoders: Encoders) -> bytes:
    """The file of the statements' vectors by this encoder."""
    lines = [line(Text(statement.title, statement.summary)) for statement in load_statements()]
    return written(name, lines, encoders.get(name).encode(lines))


def shipped_model(encoders: Encoders | None, progress: Callable[[str], None]) -> bytes:
    """The file of the model that the default settings give; without `encoders`, from the vectors that ship.

    It says nothing of when it was made: it is the same whenever that is.
    """
    themes = tuple(theme.id for theme in load_themes())
    trainer = Trainer(themes, Settings().classify.encoder, encoders=encoders, anew=True)
    return encode(replace(trainer.train(Labels((), {}), None, [], 0, progress), card=""))


@click.command()
def main() -> None:
    """Write the files."""
    folder = Path(str(files("classifiers.artefacts")))
    encoders = on_all_cores()
    for name in ENCODERS:
        click.echo(f"reading the statements with {name}")
        (folder / vectors_file(name)).write_bytes(shipped_vectors(name, encoders))
    (folder / MODEL_FILE).write_bytes(shipped_model(None, click.echo))


if __name__ == "__main__":
    main()
