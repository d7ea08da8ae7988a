"""What of the labels on a stream waits for somebody to confirm it."""

from classifiers.labels.collected import read_labels
from classifiers.labels.current import Belief
from classifiers.labels.review import Contrary, to_review
from classifiers.registry import ModelRegistry
from stream.log.port import Log

__all__ = ["review_row", "waiting_labels"]


def waiting_labels(stream: Log, belief: Belief) -> list[Contrary]:
    """The labels that the last training doubts, the most contrary first, and those that were contrary when given."""
    last = max(ModelRegistry(stream).records, key=lambda record: record.trained_at, default=None)
    return to_review(read_labels(stream, belief=belief).by_item, last.doubts if last else ())


def review_row(row: Contrary) -> dict[str, object]:
    """One of them for programs; the names are a contract."""
    item, current = row.labelled.item, row.labelled.current
    return {
        "item": item.id,
        "title": item.title,
        "summary": item.summary,
        "lang": item.lang,
        "url": item.url,
        "is": sorted(current.yes),
        "is_not": sorted(current.no),
        "themes": dict(row.themes),
        "labels": [{"id": label.id, "who": label.who, "at": label.at} for label in row.labelled.standing],
    }
