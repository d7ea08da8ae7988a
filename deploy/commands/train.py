"""`themewire train`."""

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from classifiers.judging.text import Text
from classifiers.labels.collected import read_labels
from classifiers.learning.examples import paragraphs, split
from classifiers.registry import ModelRegistry
from deploy.options import CommandError, common, opened, print_json, printable
from deploy.running.own_themes import learn_themes, to_learn
from deploy.running.training import log_step, make_trainer, opened_registry, train_model, training_steps
from deploy.running.what_changed import changes, lines
from deploy.settings.locations import belief, clock, stream_exists
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Label, ModelRecord, encode

__all__ = ["command"]


@click.command("train")
@click.option("--dry-run", is_flag=True, help="Train and report, but do not promote the model.")
@click.option(
    "--from-topics",
    is_flag=True,
    help="Rebuild the serving model from seeds and labels, and check that it is the same.",
)
@click.option(
    "--seed-article",
    type=click.Path(path_type=Path),
    help="Learn from the paragraphs of a plain-text article, too, as weak labels that `label undo` can take back.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def command(settings: Settings, dry_run: bool, from_topics: bool, seed_article: Path | None, as_json: bool) -> None:
    """Train a model from the seeds and all labels, and promote it if it passes the promotion gate.

    `themewire models show` prints the comparison on which it was promoted or refused.
    """
    if dry_run and not stream_exists(settings):
        with _shown_steps(settings) as tell:
            model = train_model(settings, None, None, tell=tell)
        _show(model, None, False, as_json, dry_run)
        return
    with opened(settings) as log:
        if from_topics:
            again = _again(settings, log)
            _show(again, again, True, as_json)
            return
        registry = opened_registry(settings, log) if seed_article else ModelRegistry(log)
        weak = _weak_labels(settings, registry, seed_article) if seed_article else []
        if weak and not dry_run:
            log.append([Out(topics.LABELS, label.item.id, encode(label)) for label in weak])
        with _shown_steps(settings) as tell:
            model = train_model(settings, log, registry.serving, weak if dry_run else (), tell)
        before = registry.serving
        if not dry_run:
            model = registry.add(model, clock())
            learn_themes(log, to_learn(log, read_labels(log, belief=belief(settings))))
        _show(model, registry.serving, bool(model.promoted_at), as_json, dry_run)
        if not as_json and (labels := read_labels(log, belief=belief(settings)).plus(weak if dry_run else ())):
            click.echo("\n".join(map(printable, lines(changes(settings, log, before, model, labels), before, model))))


@contextmanager
def _shown_steps(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Each step, as it begins: with the share that is done on a terminal, and as a line of the log elsewhere."""
    if not sys.stderr.isatty():
        yield _counted(training_steps(settings))
        return
    with click.progressbar(
        length=training_steps(settings), label="training", file=sys.stderr, item_show_func=lambda step: step
    ) as bar:
        begun = 0

        def tell(step: str) -> None:
            nonlocal begun
            bar.update(min(begun, 1), step)
            begun += 1

        yield tell
        bar.update(max(bar.length or 0, bar.pos) - bar.pos, "done")


def _counted(steps: int) -> Callable[[str], None]:
    """Logs each step with the share of the steps before it."""
    begun = itertools.count()
    return lambda step: log_step(f"{min(next(begun), steps) * 100 // steps} %, {step}")


def _show(model: ModelRecord, serving: ModelRecord | None, promoted: bool, as_json: bool, table: bool = False) -> None:
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
                "label_weight": model.label_weight,
                "doubts": msgspec.to_builtins(model.doubts),
                "needs": msgspec.to_builtins(model.needs),
                "checks": [{name: getattr(check, name) for name in check.__struct_fields__} for check in model.checks],
            }
        )
        return
    if table:
        _tell_checks(model)
    for check in model.checks:
        if not check.good:
            before = "" if check.serving is None else f" (serving model: {check.serving:.3f})"
            what = f"{check.what} {check.subject}".strip()
            click.echo(
                f"failed the promotion gate: {what} is {check.challenger:.3f}, limit {check.limit:.3f}{before}",
                err=True,
            )
    click.echo(f"{model.id} {'is serving' if promoted else model.note or 'was not promoted'}")
    figures = ("macro_f1", "false_alerts", "ece", "coverage", "accuracy")
    click.echo("on held-out examples: " + ", ".join(f"{n} {model.evaluation[n]:.3f}" for n in figures))
    click.echo(f"next: {_next(model, serving, promoted)}", err=True)


def _tell_checks(model: ModelRecord) -> None:
    """The promotion gate's table."""
    width = max((len(f"{check.what} {check.subject}") for check in model.checks), default=0) + 2
    click.echo(f"{'promotion gate':{width}}{'serving':>9}{'this':>9}{'limit':>9}")
    for check in model.checks:
        serving = f"{'-':>9}" if check.serving is None else f"{check.serving:>9.3f}"
        what, good = f"{check.what} {check.subject}", "" if check.good else "  NOT GOOD"
        click.echo(f"{what:{width}}{serving}{check.challenger:>9.3f}{check.limit:>9.3f}{good}")


def _next(model: ModelRecord, serving: ModelRecord | None, promoted: bool) -> str:
    """The command that follows."""
    if not promoted and serving is not None and serving.id == model.id:
        return "it is the model that is serving already; `themewire label next` asks for labels to improve it"
    if model.doubts:
        waiting = plural(len(model.doubts), "label")
        return f"`themewire label review` shows the {waiting} to be confirmed, then `themewire train` learns them"
    if promoted:
        return "`themewire replay --since 7d` shows which alerts it would have changed"
    if model.note:
        return f"`themewire models show {model.id}` says why; `themewire label next` asks for the labels that help most"
    return "`themewire train` promotes it if it passes the promotion gate"


def _again(settings: Settings, log: Log) -> ModelRecord:
    """The serving model from the topics alone; one that comes out otherwise is an error."""

    registry = ModelRegistry(log)
    serving = registry.serving
    labels = read_labels(log, serving.labels if serving else None, belief(settings))
    trainer = replace(make_trainer(settings), cache=None, anew=True)
    with _shown_steps(settings) as tell:
        model = trainer.train(labels, None, [], clock(), tell)
    if serving is None:
        return registry.add(model, clock())
    if model.id != serving.id:
        what = "seeds or settings" if model.training_hash != serving.training_hash else "weights or library versions"
        raise CommandError(f"the topics give {model.id}, but {serving.id} is serving: their {what} differ")
    return serving


def _weak_labels(settings: Settings, registry: ModelRegistry, path: Path) -> list[Label]:
    """The article's paragraphs with the themes that the serving model sees in them."""
    from classifiers.serving import Serving  # only now: scipy takes a while to load

    try:
        article = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"the article {path} cannot be read: {error}") from error
    parts = split(article)
    judged = Serving().judge(registry.rows, token_vectors=False)([Text(part) for part in parts])
    guesses = {part: verdict.tags for part, verdict in zip(parts, judged, strict=True)}
    labels = paragraphs(article, path.name, guesses, clock())
    click.echo(f"{path.name}: {len(labels)} of {plural(len(parts), 'paragraph')} used as weak labels", err=True)
    return labels
