"""`themewire evaluate`."""

from pathlib import Path

import click

from classifiers.promoted import promoted
from deploy.first_day import serve_model, train_model
from deploy.options import CommandError, common, opened, print_json
from deploy.settings import Settings
from stream.view import View

__all__ = ["command"]


@click.command("evaluate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@common
def command(settings: Settings, files: tuple[Path, ...], as_json: bool) -> None:
    """Measure the serving model on labelled items: JSON lines with title, summary, lang and themes."""
    from classifiers.judging.classify import Classifier  # only now: scikit-learn takes seconds to load
    from classifiers.judging.model import from_bytes
    from classifiers.measuring.evaluate import EvaluationError, evaluate_file

    with opened(settings) as log:
        if not any(log.ends(["models"]).values()):
            serve_model(log, train_model(settings))
        view = View(log.reader(["models"]))
        classifier = Classifier(from_bytes(promoted(view.rows)[0].data))
        view.close()
    for path in files:
        try:
            report = evaluate_file(path, classifier)
        except EvaluationError as error:
            raise CommandError(str(error)) from error
        if as_json:
            print_json({"file": str(path), **report})
            continue
        click.echo(str(path))
        for name, value in report.items():
            click.echo(f"  {name}: {value}")
