"""`themewire evaluate`."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from deploy.options import CommandError, common, opened, print_json
from deploy.running.training import opened_shelf
from deploy.running.wiring.serving import rules_of
from deploy.settings.model import Settings

__all__ = ["command"]

_ALL = ("macro_f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")
_THEME = ("items", "precision", "recall", "f1", "average_precision", "ece")
_LANGUAGE = ("items", "precision", "recall", "f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")


@click.command("evaluate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--model", default="", help="A model by its id or how that begins; by default the one that serves.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page with curves and the worst mistakes there.")
@click.option("--min-macro-f1", type=click.FloatRange(0, 1), help="Exit with 1 where a file's macro-F1 is lower.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
@common
def command(
    settings: Settings,
    files: tuple[Path, ...],
    model: str,
    html: Path | None,
    min_macro_f1: float | None,
    as_json: bool,
) -> None:
    """Measure a model on labelled items: JSON lines with title, summary, lang and themes."""
    # Only now: numpy and scipy take a while to load.
    from classifiers.judging.classify import Classifier
    from classifiers.judging.model import from_bytes
    from classifiers.measuring.evaluate import evaluate_file
    from classifiers.measuring.report_page import page

    if html is not None and len(files) != 1:
        raise click.UsageError("--html takes one FILE")
    with opened(settings) as log:
        shelf = opened_shelf(settings, log)
        record = shelf.find(model or (shelf.serving.id if shelf.serving else ""))
    classifier = Classifier(from_bytes(record.data), most=settings.classify.passages)
    rules, low = rules_of(settings), []

    def judge(texts: Any) -> Any:  # noqa: ANN401  (texts and judgements, whose types load scikit-learn)
        verdicts = partial(classifier.judge, reasons=html is not None, phrases=False)(texts)
        return [rules.apply(text, verdict) for text, verdict in zip(texts, verdicts, strict=True)]

    for path in files:
        report, pairs = evaluate_file(path, judge)
        print_json({"file": str(path), "model": record.id, **report}) if as_json else _tell(path, record.id, report)
        if html is not None:
            html.write_text(page(path.name, record.id, report, pairs), encoding="utf-8")
            click.echo(f"{html} was written", err=True)
        if min_macro_f1 is not None and report["macro_f1"] < min_macro_f1:
            low.append(f"{path} has {report['macro_f1']:.3f}")
    if low:
        raise CommandError(f"macro-F1 is under {min_macro_f1:g}: {', '.join(low)}")


def _tell(path: Path, model: str, report: dict[str, Any]) -> None:
    click.echo(f"{path}: {report['items']} items, {model}")
    for name in _ALL:
        click.echo(f"  {name.replace('_', ' '):18} {report[name]:.3f}")
    for title, rows, columns in (
        ("theme", report["themes"], _THEME),
        ("language", report["languages"], _LANGUAGE),
    ):
        click.echo()
        click.echo(f"{title:24}" + "".join(f"{name.replace('average_precision', 'avg.prec'):>13}" for name in columns))
        for key, row in rows.items():
            click.echo(f"{key or '?':24}" + "".join(_cell(name, row[name]) for name in columns))


def _cell(name: str, value: float) -> str:
    return f"{value:>13}" if name == "items" else f"{value:>13.3f}"
