"""`themewire label next`."""

import textwrap
from collections.abc import Callable, Sequence
from random import SystemRandom

import click

from classifiers.labels.collected import AT_RANDOM, read_labels
from deploy.commands.label.label_records import append, label_of, me, told_of_contrary
from deploy.inspect.index_reader import find_item, index
from deploy.options import CommandError, common, opened, print_json, printable
from deploy.progress import progress
from deploy.running.own_themes import learn_themes, status_of
from deploy.settings.locations import belief
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.index.contrary import is_contrary
from stream.index.queries import judged_items, languages, most_doubtful
from stream.index.stage import ItemDoc
from stream.log.port import Log
from stream.records import Label
from stream.themes.saved import every_theme, find_theme

__all__ = ["ask", "command"]

ORIGIN = "label next"


@click.command("next")
@click.option("--count", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many items.")
@click.option("--theme", default="", metavar="ID", help="Only what teaches this theme of your own, and learn it after.")
@click.option("--lang", "langs", multiple=True, metavar="CODE", help="Only items in this language; repeatable.")
@click.option("--random", "at_random", is_flag=True, help="Draw the items at random.")
@click.option("--who", default=me, show_default="the user", help="Who says so.")
@click.option("--json", "as_json", is_flag=True, help="Only list the items, one JSON object per line.")
@common
def command(
    settings: Settings, count: int, theme: str, langs: tuple[str, ...], at_random: bool, who: str, as_json: bool
) -> None:
    """Label the items from which the classifier would learn most, with single keys.

    These are the items that it is least sure of, as different from one another as possible, in every language. The
    model's guess is shown with each. With --random they are drawn from all that were classified: that teaches less, and
    tells how often each theme occurs, which the setting `classify.share` is learned from. For a theme of your own, all
    that has come by is searched, by meaning and words.
    """
    if theme and at_random:
        raise CommandError("--theme searches what teaches a theme, and --random draws: name one of them")
    with opened(settings) as log:
        themes = (find_theme(log, theme).id,) if theme else every_theme(log)
        if at_random:
            found = _drawn(settings, log, count, langs)
        else:
            found = _of_theme(settings, log, theme, count, langs) if theme else _chosen(settings, log, count, langs)
        if as_json:
            for doc in found:
                print_json(_shown(doc))
        elif not found:
            click.echo("there is nothing to label: no unlabelled items have been classified yet", err=True)
        else:
            added = ask(log, found, themes, who, click.getchar, AT_RANDOM if at_random else ORIGIN)
            if theme:
                _learn(log, theme, added)
            else:
                click.echo(f"{plural(added, 'label')} added; next: `themewire train` learns from them")


def _drawn(settings: Settings, log: Log, count: int, langs: Sequence[str]) -> list[ItemDoc]:
    """At random from all that were classified, but for those that were drawn before: what is labelled for another
    reason is drawn all the same, or what is left would be of a theme more rarely than the stream is."""
    from classifiers.labels.sampling import drawn  # only now: numpy takes a while to load

    before = {label.item.id for _, _, label in read_labels(log).records if label.origin == AT_RANDOM}
    with index(settings, log) as rows:
        names = drawn(set(judged_items(rows.database, langs)) - before, count, SystemRandom())
        return [doc for name in names if (doc := find_item(rows, name))]


def _chosen(settings: Settings, log: Log, count: int, langs: Sequence[str]) -> list[ItemDoc]:
    from classifiers.labels.sampling import POOL, chosen  # only now: numpy takes a while to load

    labelled = {
        each.item.id
        for each in read_labels(log, belief=belief(settings)).by_item
        if each.current or each.current.disputed
    }
    with index(settings, log) as rows:
        asked = langs or ("", *languages(rows.database, "item"))
        docs = [doc for lang in asked for doc in most_doubtful(rows.database, lang, labelled, POOL)]
    return chosen(docs, count)


def _of_theme(settings: Settings, log: Log, theme: str, count: int, langs: Sequence[str]) -> list[ItemDoc]:
    from deploy.inspect.theme_search import READ, to_label  # only now: numpy takes a while to load

    found, labels = find_theme(log, theme), read_labels(log)
    if not found.head:
        (found,) = learn_themes(log, [found], labels)
    with index(settings, log) as rows, progress(READ, "searching") as done:
        return to_label(found, rows.database, labels, count, done, langs)


def _learn(log: Log, theme: str, added: int) -> None:
    """Learns the theme from the labels at once: it takes seconds."""
    (learnt,) = learn_themes(log, [find_theme(log, theme)], None, lambda _: None)
    click.echo(f"{plural(added, 'label')} added; {theme}: {status_of(learnt)}")
    click.echo(f"next: `themewire themes preview {theme}`, or some more labels", err=True)


def _shown(doc: ItemDoc) -> dict[str, object]:
    item = doc.item
    return {
        "item": item.id,
        "title": item.title,
        "summary": item.summary,
        "lang": item.lang,
        "url": item.url,
        "themes": doc.themes,
        "tags": list(doc.tags),
        "decision": doc.decision,
    }


def ask(
    log: Log,
    docs: Sequence[ItemDoc],
    themes: Sequence[str],
    who: str,
    key: Callable[[], str],
    origin: str = ORIGIN,
) -> int:
    """Asks about each item, reading one `key` after the other; each label is stored before the next question.

    Returns how many labels were added and not undone.
    """
    keys = ", ".join(f"{n} {theme}" for n, theme in enumerate(themes, start=1))
    click.echo(
        f"{keys}\nEnter saves what is marked, n none, g the guess, s skip, u undo the last one, q quit", err=True
    )
    added: list[tuple[ItemDoc, Label]] = []
    at = 0
    while at < len(docs):
        _print(docs[at], at, len(docs))
        choice = _themes_by_key(themes, docs[at].tags, key)
        if choice is None:
            break
        if choice == "undo":
            if added:
                doc, label = added.pop()
                append(log, [label_of(doc.item, who, origin, undoes=label.id)])
                at = docs.index(doc)
            continue
        if choice != "skip":
            yes = tuple(theme for theme in themes if theme in choice)
            no = tuple(theme for theme in themes if theme not in yes)
            label = label_of(docs[at].item, who, origin, yes, no, contrary=is_contrary(docs[at], yes, no))
            append(log, [label])
            told_of_contrary(docs[at], label)
            added.append((docs[at], label))
        at += 1
    return len(added)


def _themes_by_key(
    themes: Sequence[str], guess: Sequence[str], next_key: Callable[[], str]
) -> frozenset[str] | str | None:
    """The themes that the keys mark, "skip", "undo", or None to quit."""
    marked: set[str] = set()
    while True:
        key = next_key()
        if key in ("q", "\x04", "\x1b", ""):
            return None
        if key in ("s", "u"):
            return {"s": "skip", "u": "undo"}[key]
        if key in ("n", "g"):
            click.echo("  none" if key == "n" else f"  {', '.join(guess) or 'none'}", err=True)
            return frozenset(guess if key == "g" else ())
        if key in ("\r", "\n") and marked:
            return frozenset(marked)
        if key.isdigit() and 0 < int(key) <= len(themes):
            marked ^= {themes[int(key) - 1]}
            click.echo(f"  {', '.join(t for t in themes if t in marked) or '(nothing marked)'}", err=True)
        elif key in ("\r", "\n"):
            click.echo("  nothing is marked: press n for none or s to skip", err=True)


def _print(doc: ItemDoc, at: int, count: int) -> None:
    guess = ", ".join(f"{theme} {p:.2f}" for theme, p in sorted(doc.themes.items(), key=lambda row: -row[1]))
    click.echo(printable(f"\n{at + 1}/{count} [{doc.item.lang}] {doc.item.title}"), err=True)
    if doc.item.summary:
        click.echo(textwrap.fill(printable(doc.item.summary[:400]), 100), err=True)
    for theme, excerpt in doc.item.excerpts.items():
        click.echo(textwrap.fill(printable(f"… {excerpt} … ({theme})"), 100), err=True)
    click.echo(printable(f"  {doc.item.url}"), err=True)
    click.echo(f"  {', '.join(doc.tags) or 'none'}? ({doc.decision}: {guess})", err=True)
