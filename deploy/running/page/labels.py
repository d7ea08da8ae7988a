"""Labelling on the page: what to ask for, and what people say."""

from collections.abc import Sequence
from contextlib import closing

from classifiers.labels.collected import read_labels
from deploy.settings.locations import belief, index_path
from deploy.settings.model import Settings
from stream.index.queries import Wanted, find_items
from stream.index.session import open_index
from stream.index.stage import ItemDoc
from stream.log.port import Log
from stream.web.labels_api import LabelsApi
from stream.web.page import LabelDesk

__all__ = ["label_desk"]

LATEST = 300  # unsure items among which those to label are chosen


def label_desk(settings: Settings, stream: Log, labels: LabelsApi) -> LabelDesk:
    """Items that the model is unsure of, in every language, and what people say of them."""

    def waiting(count: int) -> Sequence[ItemDoc]:
        import numpy as np  # only now, as below: numpy takes a while to load

        from classifiers.labels.sampling import chosen

        known = {each.item.id for each in read_labels(stream, belief=belief(settings)).by_item if each.standing}
        with closing(open_index(index_path(settings))) as index:
            found = find_items(index, Wanted(decision="unsure", limit=LATEST)).docs
        return chosen(
            [doc for doc in found if doc.item.id not in known], count, lambda docs: np.zeros((len(docs), 1), np.float32)
        )

    def since(at: int) -> int:
        return sum(label.at >= at and not label.undoes for _, _, label in read_labels(stream).records)

    def say(item: str, who: str, yes: tuple[str, ...], no: tuple[str, ...]) -> str:
        return labels.say(item, who, yes, no).id

    def undo(item: str, who: str, label: str) -> None:
        labels.undo(item, who, label)

    return LabelDesk(waiting, since, say, undo)
