"""`themewire train`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classifiers.judging.text import Text
from classifiers.labels.collected import read_labels
from classifiers.learning.examples import paragraphs, split
from classifiers.registry import Shelf
from deploy.options import CommandError, common, opened, print_json
from deploy.running.training import make_trainer, opened_shelf, tell, train_model
from deploy.settings.locations import clock, stream_exists
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Label, ModelRecord, encode

if TYPE_CHECKING:
    from classifiers.registry import Shelf

__all__ = ["command"]


@click.command("train")
@click.option("--dry-run", is_flag=True, help="Train, and let nothing serve.")
@click.option("--from-topics", is_flag=True, help="Make the serving model again from seeds and labels, and compare.")
@click.option(
    "--seed-article",
    type=click.Path(path_type=Path),
    help="Learn also from an article's paragraphs (plain text), as weak labels that `label undo` can take back.",
)
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@common
def command(settings: Settings, dry_run: bool, from_topics: bool, seed_article: Path | None, as_json: bool) -> None:
    """Train a model from the seeds and all labels; it serves if it passes the gate.

    `models show` has the table by which it was let serve or refused.
    """

    if dry_run and not stream_exists(settings):
        _show(train_model(settings, None, None), False, as_json)
        return
    with opened(settings) as log:
        if from_topics:
            _show(_again(settings, log), True, as_json)
            return
        shelf = opened_shelf(settings, log) if seed_article else Shelf(log)
        weak = _weak_labels(settings, shelf, seed_article) if seed_article else []
        if weak and not dry_run:
            log.append([Out(topics.LABELS, label.item.id, encode(label)) for label in weak])
        model = train_model(settings, log, shelf.serving, more=weak if dry_run else ())
        if not dry_run:
            model = shelf.add(model, clock())
    _show(model, bool(model.promoted_at), as_json)


def _show(model: ModelRecord, promoted: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "model_id": model.id,
                "training_hash": model.training_hash,
                "weights_hash": model.weights_hash,
                "promoted": promoted,
                "note": model.note,
                "examples": model.examples,
                "labels": model.labels,
                "evaluation": model.evaluation,
                "gate": [{name: getattr(check, name) for name in check.__struct_fields__} for check in model.gate],
            }
        )
        return
    for check in model.gate:
        if not check.good:
            before = "" if check.serving is None else f" (the serving model: {check.serving:.3f})"
            what = f"{check.what} {check.subject}".strip()
            click.echo(f"{what}: {check.challenger:.3f}, let through from {check.limit:.3f}{before}", err=True)
    click.echo(f"{model.id} {'serves' if promoted else model.note or 'was not promoted (dry run)'}")
    told = ("macro_f1", "false_alerts", "ece", "coverage", "accuracy")
    click.echo("on examples held back: " + ", ".join(f"{n} {model.evaluation[n]:.3f}" for n in told))


def _again(settings: Settings, log: Log) -> ModelRecord:
    """The serving model from the topics alone; one that comes out otherwise is an error."""

    shelf = Shelf(log)
    serving = shelf.serving
    labels = read_labels(log, serving.labels if serving else None)
    trainer = replace(make_trainer(settings), cache=None, anew=True)
    model = trainer.train(labels, None, [], clock(), tell)
    if serving is None:
        return shelf.add(model, clock())
    if model.id != serving.id:
        what = "seeds or settings" if model.training_hash != serving.training_hash else "weights or library versions"
        raise CommandError(f"the topics give {model.id}, and {serving.id} serves: their {what} differ")
    return serving


def _weak_labels(settings: Settings, shelf: "Shelf", path: Path) -> "list[Label]":
    """The article's paragraphs with the themes that the serving model sees in them."""
    from classifiers.serving import Serving  # only now: scipy takes a while to load

    try:
        article = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"the article {path} cannot be read: {error}") from error
    parts = split(article)
    judged = Serving().judge(shelf.rows, phrases=False)([Text(part) for part in parts])
    guesses = {part: verdict.tags for part, verdict in zip(parts, judged, strict=True)}
    labels = paragraphs(article, path.name, guesses, clock())
    click.echo(f"{path.name}: {len(labels)} of {len(parts)} paragraphs are weak examples", err=True)
    return labels
