"""`themewire label review`."""

import textwrap
from collections.abc import Callable, Sequence

import click

from classifiers.labels.review import Contrary
from deploy.commands.label.label_records import append, label_of, me
from deploy.options import common, opened, print_json, printable
from deploy.running.label_review import review_row, waiting_labels
from deploy.settings.locations import belief
from deploy.settings.model import Settings
from stream.log.port import Log
from stream.records import Label

__all__ = ["ask", "command"]

ORIGIN = "label review"


@click.command("review")
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many labels.")
@click.option("--who", default=me, show_default="the user", help="Who says so.")
@click.option("--json", "as_json", is_flag=True, help="Only list the labels, one JSON object per line.")
@common
def command(settings: Settings, count: int, who: str, as_json: bool) -> None:
    """Confirm or withdraw the labels that contradict most what is sure, with single keys.

    Such a label is not learnt until other labels bear it out, or somebody confirms it here.
    """
    with opened(settings) as log:
        found = waiting_labels(log, belief(settings))[:count]
        if as_json:
            for row in found:
                print_json(review_row(row))
        elif not found:
            click.echo("there is nothing to review: no label waits to be confirmed", err=True)
        else:
            confirmed, withdrawn = ask(log, found, who, click.getchar)
            click.echo(f"{confirmed} confirmed, {withdrawn} withdrawn; next: `themewire train` learns from the labels")


def ask(log: Log, rows: Sequence[Contrary], who: str, key: Callable[[], str]) -> tuple[int, int]:
    """Asks about each label, reading one `key` after the other; each answer is stored before the next question.

    Returns how many were confirmed and how many withdrawn.
    """
    click.echo("y it is right as labelled, n withdraw it, s skip, u undo the last answer, q quit", err=True)
    answers: list[tuple[int, str, list[Label]]] = []
    at = 0
    while at < len(rows):
        _print(rows[at], at, len(rows))
        pressed = key()
        if pressed in ("q", "\x04", "\x1b", ""):
            break
        if pressed == "u" and answers:
            at, _, given = answers.pop()
            append(log, [label_of(one.item, who, ORIGIN, undoes=one.id) for one in given if not one.undoes])
            append(log, [one for back in given if back.undoes for one in _again(rows[at], back)])
        elif pressed in ("y", "n"):
            given = _confirmed(rows[at], who) if pressed == "y" else _withdrawn(rows[at], who)
            append(log, given)
            answers.append((at, pressed, given))
            at += 1
        elif pressed == "s":
            at += 1
    said = [pressed for _, pressed, _ in answers]
    return said.count("y"), said.count("n")


def _confirmed(row: Contrary, who: str) -> list[Label]:
    current = row.labelled.current
    yes, no = tuple(sorted(current.yes)), tuple(sorted(current.no))
    return [label_of(row.labelled.item, who, ORIGIN, yes, no, confirmed=True)]


def _withdrawn(row: Contrary, who: str) -> list[Label]:
    return [label_of(row.labelled.item, who, ORIGIN, undoes=label.id) for label in row.labelled.standing]


def _again(row: Contrary, back: Label) -> list[Label]:
    """A label that was withdrawn, given again by whoever gave it: an undoing cannot be undone."""
    return [
        label_of(one.item, one.who, one.origin, one.yes, one.no, contrary=one.contrary, confirmed=one.confirmed)
        for one in row.labelled.standing
        if one.id == back.undoes
    ]


def _print(row: Contrary, at: int, count: int) -> None:
    item, current = row.labelled.item, row.labelled.current
    said = [*(f"{theme}" for theme in sorted(current.yes)), *(f"not {theme}" for theme in sorted(current.no))]
    people = ", ".join(sorted(row.labelled.people))
    click.echo(printable(f"\n{at + 1}/{count} [{item.lang}] {item.title}"), err=True)
    if item.summary:
        click.echo(textwrap.fill(printable(item.summary[:400]), 100), err=True)
    click.echo(printable(f"  {item.url}"), err=True)
    click.echo(printable(f"  {people}: {', '.join(said)}"), err=True)
    if row.themes:
        guess = ", ".join(f"{theme} {p:.2f}" for theme, p in sorted(row.themes.items(), key=lambda one: -one[1]))
        click.echo(f"  without labels: {guess}", err=True)
