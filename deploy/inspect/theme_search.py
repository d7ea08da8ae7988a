"""Searching what has come by for a theme of one's own: what it would have tagged, and what to label next."""

from collections.abc import Callable, Sequence

from classifiers.judging.encoders import Encoders
from classifiers.judging.text import Text
from classifiers.labels.collected import Labels
from classifiers.own.head import read_head
from classifiers.own.search import by_words, likeliest, most_telling
from stream.index.stage import ItemDoc
from stream.records import OwnTheme

__all__ = ["to_label", "would_tag"]

READ = 1_500  # items that are read by meaning for each round of labels, beside those found by words
LOOKED_AT = 120  # that all encoders read
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
    theme: OwnTheme, docs: Sequence[ItemDoc], labels: Labels, count: int, progress: Callable[[int], None]
) -> list[ItemDoc]:
    """Return the items whose labels teach the theme most: found by words, by meaning, and by what was said of them.

    Of the rest of what has come by it looks at a part that is spread over all of it, old and new.
    """
    known = [each.item.title for each in labels.by_item if theme.id in each.current.yes]
    texts, langs = _read(docs)
    chosen = set(by_words(texts, [theme.about, *known], READ // 3))
    judged = sorted(range(len(docs)), key=lambda at: (-docs[at].themes.get(theme.id, 0.0), at))
    chosen.update(at for at in judged[: READ // 3] if theme.id in docs[at].themes)
    rest = [at for at in range(len(docs)) if at not in chosen]
    step = max(1.0, len(rest) / max(1, READ - len(chosen)))
    chosen.update(rest[int(n * step)] for n in range(int(len(rest) / step)))
    places = sorted(chosen)
    own_texts, own_langs = [texts[at] for at in places], [langs[at] for at in places]
    found = likeliest(own_texts, own_langs, read_head(theme.head), Encoders(), LOOKED_AT, progress)
    return [docs[places[one.at]] for one in most_telling(found, count)]


def _read(docs: Sequence[ItemDoc]) -> tuple[list[Text], list[str]]:
    texts = [Text(doc.item.title, doc.item.summary, doc.item.lang) for doc in docs]
    return texts, [doc.item.lang for doc in docs]
