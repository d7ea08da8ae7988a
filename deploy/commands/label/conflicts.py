"""`themewire label conflicts`."""

from typing import TYPE_CHECKING

import click

from classifiers.labels.collected import read_labels
from deploy.options import common, opened, print_json, printable
from deploy.settings.locations import belief
from deploy.settings.model import Settings

if TYPE_CHECKING:
    from classifiers.labels.collected import Labelled
from stream.themes.saved import every_theme

__all__ = ["command"]


@click.command("conflicts")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, as_json: bool) -> None:
    """Show labels that contradict each other.

    People may disagree about an item, or nearly identical texts may be labelled differently.
    """
    from classifiers.labels.conflicts import conflicts as found_in  # only now: it loads scikit-learn

    with opened(settings) as log:
        labels, themes = read_labels(log, belief=belief(settings)), every_theme(log)
    for conflict in found_in(labels.by_item, themes):
        both = [conflict.one] if conflict.one is conflict.other else [conflict.one, conflict.other]
        if as_json:
            print_json({"themes": list(conflict.themes), "items": [_shown(each) for each in both]})
            continue
        click.echo(f"{', '.join(conflict.themes)}:")
        for each in both:
            click.echo(printable(f"  {each.item.id}  {each.item.title}"))
            for word in _words(each, conflict.themes):
                click.echo(printable(f"    {word}"))


def _words(each: "Labelled", themes: tuple[str, ...]) -> list[str]:
    undone = {label.undoes for label in each.labels}
    return [
        f"{label.who}: {theme} {'yes' if theme in label.yes else 'no'} ({label.id})"
        for label in each.labels
        if label.id not in undone
        for theme in themes
        if theme in label.yes or theme in label.no
    ]


def _shown(each: "Labelled") -> dict[str, object]:
    undone = {label.undoes for label in each.labels}
    labels = [
        {"id": label.id, "who": label.who, "yes": list(label.yes), "no": list(label.no), "at": label.at}
        for label in each.labels
        if label.id not in undone and not label.undoes
    ]
    return {"item": each.item.id, "title": each.item.title, "labels": labels}
