"""Themes of one's own on the page: made, learnt, tried on what has come by, and removed; the work is done apart."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress

import msgspec

from classifiers.labels.book import LabelBook
from deploy.running.jobs import Jobs, Progress, Work
from deploy.running.own_themes import status_of
from deploy.running.theme_making import example_item, example_labels, made_theme
from deploy.settings.locations import belief, clock, index_path
from deploy.settings.model import Settings
from stream.index.reading import OpenIndex
from stream.index.session import IndexRows, open_index
from stream.index.stage import ItemDoc, find_item
from stream.log import topics
from stream.log.port import Log
from stream.log.records import Out
from stream.records import Item, OwnTheme, encode
from stream.subscriptions.saved import read_subscriptions
from stream.themes.rules import InvalidTheme, check_removal
from stream.themes.saved import find_theme, remove_theme, save_theme
from stream.units import DAY
from stream.web.access import RequestRefused
from stream.web.page import Previewed, Said, ThemeDesk, ThemeWish

__all__ = ["theme_desk"]

SINCE = 7 * DAY
SHOWN = 30  # items of a preview
COUNT = 20  # items to label, of one search
TITLES = {"learn": "Learning the theme", "preview": "A preview", "search": "A search for what teaches it most"}


def theme_desk(
    stream: Log, index: OpenIndex, jobs: Jobs, book: LabelBook, own: Callable[[], Sequence[OwnTheme]]
) -> ThemeDesk:
    """Themes of one's own, and what people said of any theme."""

    def said(theme: str) -> Sequence[Said]:
        found = []
        for each in book.items().values():
            yes, no = theme in each.current.yes, theme in each.current.no
            if yes or no:
                about = [one for one in each.labelled.standing if theme in (*one.yes, *one.no)]
                people = tuple(sorted({one.who for one in about}))
                found.append(Said(each.labelled.item, yes, people, max(one.at for one in about)))
        return sorted(found, key=lambda one: -one.at)

    def save(wish: ThemeWish, who: str) -> None:
        before, made = made_theme(stream, wish.id, wish.about, wish.name, wish.not_about)
        of, others = (
            [*(_item(index, item) for item in items), *map(example_item, texts)]
            for items, texts in ((wish.examples, wish.example_texts), (wish.others, wish.other_texts))
        )
        labels = list(example_labels(wish.id, of, others, who))
        if made != before:
            save_theme(stream, made, clock())
        if labels:
            stream.append([Out(topics.LABELS, label.item.id, encode(label)) for label in labels])
        with suppress(RequestRefused):  # something else goes on: the role `train` learns it within half a minute
            work("learn", wish.id)

    def remove(theme: str, force: bool) -> None:
        find_theme(stream, theme)
        if not force:
            check_removal(theme, read_subscriptions(stream))
        remove_theme(stream, theme, clock())

    def work(kind: str, theme: str) -> None:
        find_theme(stream, theme)
        jobs.start(_name(kind, theme), TITLES[kind], WORK[kind], theme)

    return ThemeDesk(
        own, status_of, said, save, remove, work, lambda kind, theme: jobs.find(_name(kind, theme)), jobs.cancel
    )


def learn(settings: Settings, progress: Progress, theme: str) -> str:
    """Learns a theme from its description and all labels; returns how far it is. In a process of its own."""
    from classifiers.labels.collected import read_labels  # only here: it takes a while to load
    from deploy.options import opened
    from deploy.running.own_themes import learn_themes

    with opened(settings) as stream:
        labels = read_labels(stream, belief=belief(settings))
        (made,) = learn_themes(stream, [find_theme(stream, theme)], labels, progress.step)
    return status_of(made)


def preview(settings: Settings, progress: Progress, theme: str) -> Previewed:
    """Returns what a theme would have tagged of the last seven days; nothing is sent. In a process of its own."""
    from deploy.inspect.theme_search import would_tag  # as above
    from deploy.options import opened

    with opened(settings) as stream:
        found = find_theme(stream, theme)
    if not found.head:
        raise InvalidTheme("it has not been learnt yet: learn it first")
    docs = [doc for doc in _docs(settings) if doc.item.first_seen >= clock() - SINCE]
    progress.total(len(docs))
    progress.step("judging the items of seven days", by=0)
    sure, unsure = (
        tuple(
            (doc.item.id, doc.item.title, doc.item.lang, doc.item.url, doc.item.first_seen, chance)
            for doc, chance in rows
        )
        for rows in would_tag(found, docs, lambda n: progress.step("", n))
    )
    return Previewed(len(docs), len(sure), len(unsure), sure[:SHOWN], unsure[:SHOWN])


def search(settings: Settings, progress: Progress, theme: str) -> tuple[str, ...]:
    """Returns the ids of the items whose labels teach a theme most. In a process of its own."""
    from classifiers.labels.collected import read_labels  # as above
    from deploy.inspect.theme_search import READ, to_label
    from deploy.options import opened
    from deploy.running.own_themes import learn_themes

    with opened(settings) as stream:
        found, labels = find_theme(stream, theme), read_labels(stream, belief=belief(settings))
        if not found.head:
            (found,) = learn_themes(stream, [found], labels, progress.step)
    progress.total(READ)
    progress.step("searching what has come by", by=0)
    with closing(open_index(index_path(settings))) as index:
        docs = to_label(found, index, labels, COUNT, lambda n: progress.step("", n))
    return tuple(doc.item.id for doc in docs)


WORK: Mapping[str, Work] = {"learn": learn, "preview": preview, "search": search}


def _name(kind: str, theme: str) -> str:
    return f"{kind} {theme}"


def _docs(settings: Settings) -> list[ItemDoc]:
    with closing(open_index(index_path(settings))) as index:
        return [msgspec.json.decode(value, type=ItemDoc) for _, value in IndexRows(index).items("items")]


def _item(index: OpenIndex, item: str) -> Item:
    if (doc := find_item(IndexRows(index.database()), item)) is None:
        raise InvalidTheme("one of the examples is no longer in the archive: choose another")
    return doc.item
