"""How unsure the classifier was of an item: by this people are asked for labels."""

from stream.index.stage import ItemDoc

__all__ = ["doubt"]


def doubt(doc: ItemDoc) -> float:
    """Return 1 for an item whose highest probability is one half, 0 for one that is beyond doubt; what the model itself
    called unsure comes before all else, but for what it could not read to its end: a label teaches nothing of that."""
    highest = max(doc.themes.values(), default=0.0)
    return round(1 - abs(2 * highest - 1) + (doc.decision == "unsure" and not doc.item.partial), 4)
