"""`themewire evaluate`."""

from pathlib import Path
from typing import Any

import click

from deploy.options import CommandError, common, opened, print_json
from deploy.progress import progress
from deploy.running.training import opened_registry
from deploy.running.wiring.serving import rules_of
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.themes.saved import every_theme, shipped_themes

__all__ = ["command"]

AT_ONCE = 256  # items that are classified together
_ALL = ("macro_f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")
_THEME = ("items", "precision", "recall", "f1", "average_precision", "ece")
_LANGUAGE = ("items", "precision", "recall", "f1", "average_precision", "false_alerts", "ece", "coverage", "accuracy")


@click.command("evaluate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--model", default="", help="Model id or the beginning of one; by default the serving model.")
@click.option(
    "--html", type=click.Path(path_type=Path), help="Write a page with curves and the worst mistakes to this file."
)
@click.option(
    "--min-macro-f1", type=click.FloatRange(0, 1), help="Exit with status 1 if the macro-F1 of a file is lower."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per file.")
@common
def command(
    settings: Settings,
    files: tuple[Path, ...],
    model: str,
    html: Path | None,
    min_macro_f1: float | None,
    as_json: bool,
) -> None:
    """Measure a model on labelled items.

    Each FILE holds JSON lines with title, themes and optionally summary and lang.
    """
    # Only now: numpy and scipy take a while to load.
    from classifiers.judging.classify import Classifier
    from classifiers.judging.model import from_bytes
    from classifiers.measuring.evaluate import evaluate_file
    from classifiers.measuring.report_page import page

    if html is not None and len(files) != 1:
        raise click.UsageError("--html works with a single FILE")
    with opened(settings) as log:
        registry = opened_registry(settings, log)
        record = registry.find(model or (registry.serving.id if registry.serving else ""))
        themes = every_theme(log)
    classifier = Classifier(from_bytes(record.data), most=settings.classify.passages)
    rules, low = rules_of(settings, themes).of(shipped_themes()), []

    def judge(texts: Any) -> Any:  # noqa: ANN401  (texts and judgements, whose types load scikit-learn)
        judgements = []
        with progress(len(texts), "classifying") as done:
            for start in range(0, len(texts), AT_ONCE):
                batch = texts[start : start + AT_ONCE]
                verdicts = classifier.judge(batch, reasons=html is not None, token_vectors=False)
                judgements += [rules.apply(text, verdict) for text, verdict in zip(batch, verdicts, strict=True)]
                done(len(batch))
        return judgements

    for path in files:
        report, pairs = evaluate_file(path, judge)
        print_json({"file": str(path), "model": record.id, **report}) if as_json else _tell(path, record.id, report)
        if html is not None:
            _write(html, page(path.name, record.id, report, pairs))
        if min_macro_f1 is not None and report["macro_f1"] < min_macro_f1:
            low.append(f"{path} has {report['macro_f1']:.3f}")
    if low:
        raise CommandError(f"macro-F1 is below {min_macro_f1:g}: {', '.join(low)}")


def _write(html: Path, text: str) -> None:
    try:
        html.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{html} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {html}", err=True)


def _tell(path: Path, model: str, report: dict[str, Any]) -> None:
    click.echo(f"{path}: {plural(report['items'], 'item')}, {model}")
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
