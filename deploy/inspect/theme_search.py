"""Searching what has come by for a theme of one's own: what it would have tagged, and what to label next."""

from collections.abc import Callable, Sequence

from classifiers.judging.encoders import Encoders
from classifiers.judging.text import Text
from classifiers.labels.collected import Labels
from classifiers.own.head import read_head
from classifiers.own.search import likeliest, most_telling
from stream.index.candidates import theme_candidates
from stream.index.stage import ItemDoc
from stream.records import OwnTheme
from stream.sqlite.database import Database

__all__ = ["READ", "to_label", "would_tag"]

READ = 450  # items that are read by meaning for each round of labels
LOOKED_AT = 60  # that all encoders read
OF_PREVIEW = 400


def would_tag(
    theme: OwnTheme, docs: Sequence[ItemDoc], progress: Callable[[int], None]
) -> tuple[list[tuple[ItemDoc, float]], list[tuple[ItemDoc, float]]]:
    """Return the items that the theme's head would tag, each with its probability: surely, and the others."""
    head = read_head(theme.head)
    found = likeliest(*_read(docs), head, Encoders(), OF_PREVIEW, progress)
    tagged = [(docs[one.at], one.probability) for one in found if one.probability >= head.tag_at]
    sure_at = head.alert_at if theme.sure else 2.0
    return [row for row in tagged if row[1] >= sure_at], [row for row in tagged if row[1] < sure_at]


def to_label(
    theme: OwnTheme,
    index: Database,
    labels: Labels,
    count: int,
    progress: Callable[[int], None],
    langs: Sequence[str] = (),
) -> list[ItemDoc]:
    """Return the items whose labels teach the theme most: found by words, by meaning, and by what was said of them.

    Of the rest of what has come by it looks at a part that is spread over all of it, old and new.
    """
    known = [each.item.title for each in labels.by_item if theme.id in each.current.yes]
    said = {each.item.id for each in labels.by_item if theme.id in (*each.current.yes, *each.current.no)}
    docs = theme_candidates(index, theme.id, [theme.about, *known], READ // 3, said, langs)
    found = likeliest(*_read(docs), read_head(theme.head), Encoders(), LOOKED_AT, progress)
    return [docs[one.at] for one in most_telling(found, count)]


def _read(docs: Sequence[ItemDoc]) -> tuple[list[Text], list[str]]:
    texts = [Text(doc.item.title, doc.item.summary, doc.item.lang) for doc in docs]
    return texts, [doc.item.lang for doc in docs]
