"""Labelling on the page: what to ask for, what people say, and what of it waits to be confirmed."""

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from classifiers.labels.book import LabelBook
from classifiers.labels.review import to_review
from stream.index.queries import Wanted, find_items
from stream.index.reading import OpenIndex
from stream.records import ModelRecord
from stream.sqlite.database import Database
from stream.units import MINUTE, SECOND
from stream.web.labels_api import LabelsApi
from stream.web.page import Doubted, LabelDesk

__all__ = ["label_desk"]

LATEST = 300  # unsure items, and as many of the rest, among which those to label are chosen
POOL = 100  # items that are chosen at once
KEPT = 5 * POOL  # that were chosen before: a label that is taken back has its item wait where it did
FEW = 20  # that are left, with which others are chosen sooner
STALE, SOON = 2 * MINUTE, 5 * SECOND  # after which new items are looked at


def label_desk(
    index: OpenIndex,
    book: LabelBook,
    models: Callable[[], Sequence[ModelRecord]],
    labels: LabelsApi,
    clock: Callable[[], int],
) -> LabelDesk:
    """Items that the model is least sure of, in every language, and what people say of them."""
    queue = _Queue(lambda known: _chosen(index.database(), known), clock)

    def doubted() -> Sequence[Doubted]:
        last = max(models(), key=lambda record: record.trained_at, default=None)
        doubts = last.doubts if last else ()
        items, named = book.items(), {doubt.item for doubt in doubts}
        return [
            Doubted(
                row.labelled.item,
                tuple(sorted(row.labelled.current.yes)),
                tuple(sorted(row.labelled.current.no)),
                tuple(sorted(row.labelled.people)),
                tuple(label.id for label in row.labelled.standing),
                row.themes,
            )
            for row in to_review([e.labelled for key, e in items.items() if e.contrary or key in named], doubts)
        ]

    def say(item: str, who: str, yes: tuple[str, ...], no: tuple[str, ...], confirmed: bool) -> str:
        return labels.say(item, who, yes, no, confirmed).id

    def undo(item: str, who: str, label: str) -> None:
        labels.undo(item, who, label)

    return LabelDesk(lambda: queue.left(book.known()), book.since, doubted, say, undo)


@dataclass
class _Queue:
    """What was chosen to be labelled; chosen anew when little is left of it, or it is old."""

    choose: Callable[[Collection[str]], list[str]]
    clock: Callable[[], int]
    _chosen: list[str] = field(default_factory=list)
    _at: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def left(self, known: Collection[str]) -> list[str]:
        """The items of it that are not known yet. What one sees stays in its order while new ones come behind it."""
        with self._lock:
            left, now = [item for item in self._chosen if item not in known], self.clock()
            if now - self._at > (STALE if len(left) >= FEW else SOON):
                new = [item for item in self.choose(known) if item not in set(self._chosen)]
                self._chosen, self._at = [*self._chosen[-KEPT:], *new], now
                left = [item for item in self._chosen if item not in known]
            return left


def _chosen(index: Database, known: Collection[str]) -> list[str]:
    """The unsure ones of the latest items, and then the closest calls among the rest, unlike one another."""
    from classifiers.labels.sampling import chosen  # only now: numpy takes a while to load

    unsure = find_items(index, Wanted(decision="unsure", limit=LATEST)).docs
    rest = find_items(index, Wanted(limit=LATEST)).docs
    docs = {doc.item.id: doc for doc in (*unsure, *rest) if doc.themes and doc.item.id not in known and not doc.rule}
    return [doc.item.id for doc in chosen(docs.values(), POOL)]
