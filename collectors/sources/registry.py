"""The kinds of sources that there are, in the order in which `feeds add` tries them."""

from collections.abc import Iterable

from collectors.fetching.results import Fetched
from collectors.sources.feed import FEED
from collectors.sources.kind import SourceKind

__all__ = ["SOURCE_KINDS", "kind_of"]

SOURCE_KINDS: tuple[SourceKind, ...] = (
    FEED,  # the last one: it takes every document
)


def kind_of(fetched: Fetched, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> SourceKind:
    """The first kind that recognises a document."""
    return next(kind for kind in kinds if kind.recognises(fetched))
