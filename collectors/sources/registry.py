"""The kinds of sources that there are, in the order in which `feeds add` tries them."""

from collections.abc import Iterable, Mapping

from collectors.fetching.results import Fetched
from collectors.sources.changes import CHANGES
from collectors.sources.feed import FEED
from collectors.sources.json_api import JSON
from collectors.sources.kind import SourceError, SourceKind, read_options
from collectors.sources.page import PAGE
from collectors.sources.sitemap import SITEMAP

__all__ = ["SOURCE_KINDS", "check_source", "kind_of"]

SOURCE_KINDS: tuple[SourceKind, ...] = (
    SITEMAP,
    JSON,
    PAGE,
    CHANGES,
    FEED,  # the last one: it takes every document
)


def check_source(name: str, options: Mapping[str, str], kinds: Iterable[SourceKind] = SOURCE_KINDS) -> SourceKind:
    """The kind of this name; raises `SourceError` where there is none, or where the options are not those of it."""
    by_name = {kind.name: kind for kind in kinds}
    if name not in by_name:
        raise SourceError(f"there is no kind of source {name!r}, but {', '.join(by_name)}")
    read_options(options, by_name[name].options)
    return by_name[name]


def kind_of(fetched: Fetched, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> SourceKind:
    """The first kind that recognises a document."""
    return next(kind for kind in kinds if kind.recognises(fetched))
