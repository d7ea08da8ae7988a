"""Sets of labels, honest and poisoned, made of examples whose themes are known: for tests, and for the bench."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from classifiers.learning.examples import Example

__all__ = ["honest", "poisoned"]

Themes = tuple[str, ...]
Change = Callable[[Example], Themes]


def number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def shuffled(rows: Sequence[Example]) -> list[Example]:
    return sorted(rows, key=lambda row: number(row.title))


def said(rows: Sequence[Example], change: Change) -> list[Example]:
    return [replace(row, themes=change(row)) for row in rows]


def _other_language(rows: Sequence[Example]) -> str:
    """The commonest one but English."""
    names = [row.lang for row in rows if row.lang != "en"]
    return max(sorted(set(names)), key=names.count)


def honest(rows: Sequence[Example], themes: Themes, missed: Callable[[Example], float]) -> dict[str, list[Example]]:
    """The sets that must be learnt; `missed` says by how much a model misses a row's themes."""
    mixed = shuffled(rows)[:200]
    of_themes = sorted((row for row in rows if row.themes and row.lang == "en"), key=missed, reverse=True)
    return {
        "mixed": mixed,
        "missed first, one language": of_themes[:71],
        "one theme, one language": [row for row in shuffled(of_themes) if themes[2] in row.themes][:15],
    }


def poisoned(rows: Sequence[Example], themes: Themes) -> dict[str, list[Example]]:
    """The sets that must be refused."""
    mixed = shuffled(rows)[:200]
    none = [row for row in shuffled(rows) if not row.themes]
    themed = [row for row in shuffled(rows) if row.themes]
    other = _other_language(mixed)
    turn = dict(zip(themes, (*themes[1:], themes[0]), strict=True))
    swap = {themes[2]: themes[3], themes[3]: themes[2]}
    exchanged = [row.themes for row in mixed[7:] + mixed[:7]]

    def flip(row: Example) -> Themes:
        return tuple(theme for theme in themes if theme not in row.themes)

    def at_random(row: Example) -> Themes:
        return tuple(theme for n, theme in enumerate(themes) if number(row.title + "?") >> n & 1)

    def one_or_none(row: Example) -> Themes:
        at = number(row.title + "!") % (len(themes) + 1)
        return themes[at : at + 1]

    again = [replace(row, title=f"{row.title}!", group=f"{row.group}!") for row in mixed[:25]]
    return {
        "random": said(mixed, at_random),
        "one theme": said(mixed, lambda row: themes[3:4]),
        "flipped": said(mixed, flip),
        "one language flipped": said(mixed, lambda row: flip(row) if row.lang == other else row.themes),
        "near-duplicates with opposite labels": mixed[:25] + said(again, flip),
        "one theme or none at random": said(mixed, one_or_none),
        "labels of other items": [replace(row, themes=own) for row, own in zip(mixed, exchanged, strict=True)],
        "all none": said(mixed, lambda row: ()),
        "themed items denied": said(themed[:100], lambda row: ()),
        "one theme denied": said(mixed, lambda row: tuple(theme for theme in row.themes if theme != themes[2])),
        "ordinary items of one theme": said(none[:100], lambda row: themes[1:2]),
        "a theme's neighbour": said(themed[:100], lambda row: tuple(turn[theme] for theme in row.themes)),
        "two themes exchanged": said(mixed, lambda row: tuple(swap.get(theme, theme) for theme in row.themes)),
        "half flipped": said(mixed, lambda row: flip(row) if number(row.title + "h") % 2 else row.themes),
        "one theme to all": said(mixed, lambda row: tuple(dict.fromkeys((*row.themes, themes[3])))),
        "three in ten at random": said(
            mixed, lambda row: one_or_none(row) if number(row.title + "3") % 10 < 3 else row.themes
        ),
        "few flipped": said(mixed[:15], flip),
        "few at random": said(mixed[15:35], one_or_none),
    }
