"""What a model is trained on: statements that ship, what people labelled, and an article's own paragraphs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from classifiers.labels.collected import Labelled
from seeds.statements import Statement
from stream.ids import hashed
from stream.records import Item, Label

__all__ = ["ARTICLE", "Example", "examples_of", "group_of", "labelled_examples", "paragraphs"]

ARTICLE = "seed article"  # the `who` of labels that were made of an article's paragraphs
_ARTICLE_WEIGHT = 0.3
_MANNERS = {"news": 0.3}  # half of them, or a third of their weight, teaches as much as all of them
_SHORTEST = 80  # characters of a paragraph that says something
_SENTENCE = re.compile(r"(?<=[.!?。！？।])\s*")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text; those of one `group` tell the same story and are never on both sides of a fold.

    Nor are those of one `manner`, the kind of text they are written like, where they have one: what a model promises is
    to hold for a kind that it has not seen. `near` says that it is of no theme and yet resembles one. Of the themes in
    `unsaid` (a name that training hashes have) nobody said whether it is of them. A `weight` under 1 counts for less.
    """

    title: str
    summary: str
    themes: tuple[str, ...]
    lang: str = ""
    group: str = ""
    near: bool = False
    unsaid: tuple[str, ...] = ()
    weight: float = 1.0
    origin: Literal["seed", "label"] = "seed"
    manner: str = ""


def examples_of(statements: Iterable[Statement]) -> tuple[Example, ...]:
    """Return the statements as examples; those of a manner of which there are many count for less."""
    return tuple(
        Example(
            title=row.title,
            summary=row.summary,
            themes=row.themes,
            lang=row.lang,
            group=row.group or row.id,
            near=bool(row.near),
            weight=_MANNERS.get(row.manner, 1.0),
            manner=row.manner,
        )
        for row in statements
    )


def labelled_examples(labelled: Sequence[Labelled], themes: Sequence[str]) -> tuple[Example, ...]:
    """Return labelled items as examples, without those of which people disagree on, or say nothing of, every theme."""
    return tuple(_labelled(each, themes) for each in labelled if each.current and _is_labelled(each, themes))


def paragraphs(article: str, name: str, guesses: Mapping[str, Sequence[str]], at: int) -> list[Label]:
    """Return the article's paragraphs as weak labels: each says only of which themes (`guesses`) it is."""
    return [
        Label(
            id=hashed("article", text),
            item=_item(text, name, at),
            who=ARTICLE,
            origin=name,
            at=at,
            yes=tuple(guesses[text]),
        )
        for text in split(article)
        if guesses.get(text)
    ]


def split(article: str) -> list[str]:
    """Return the paragraphs that say something."""
    found = (re.sub(r"\s+", " ", part).strip() for part in article.splitlines())
    return [part for part in found if len(part) >= _SHORTEST]


def _item(text: str, source: str, at: int) -> Item:
    title, *rest = _SENTENCE.split(text, maxsplit=1)
    return Item(
        id=hashed("article", text),
        feed="",
        source=source,
        entry="",
        revision=0,
        url="",
        title=title,
        summary="".join(rest),
        lang="",
        published=at,
        date_quality="",
        first_seen=at,
        baseline=True,
    )


def group_of(item: str) -> str:
    """Return the group of a labelled item: it is a story of its own."""
    return f"label {item}"


def _is_labelled(each: Labelled, themes: Sequence[str]) -> bool:
    return any(theme in each.current.yes or theme in each.current.no for theme in themes)


def _labelled(each: Labelled, themes: Sequence[str]) -> Example:
    current, item = each.current, each.item
    excerpts = (item.excerpts.get(theme, "") for theme in sorted(current.yes or current.no))
    excerpt = next((text for text in excerpts if text), "")  # what was judged of a long item
    return Example(
        title="" if excerpt else item.title,
        summary=excerpt or item.summary,
        themes=tuple(theme for theme in themes if theme in current.yes),
        lang=item.lang,
        group=group_of(item.id),
        near=True,  # people label what came near: the cascade should not learn it as ordinary
        unsaid=tuple(theme for theme in themes if theme not in current.yes and theme not in current.no),
        weight=_ARTICLE_WEIGHT if each.people == {ARTICLE} else 1.0,
        origin="label",
    )
