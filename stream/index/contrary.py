"""Whether what somebody says of an item is the contrary of what the model was sure of."""

from collections.abc import Collection

from stream.index.stage import ItemDoc

__all__ = ["is_contrary"]


def is_contrary(doc: ItemDoc, yes: Collection[str], no: Collection[str]) -> bool:
    """Return whether a model that nobody overruled is sure, and one of these themes would change its tags."""
    sure = doc.decision in ("tagged", "none") and not doc.rule
    return sure and (not set(yes) <= set(doc.tags) or bool(set(no) & set(doc.tags)))
