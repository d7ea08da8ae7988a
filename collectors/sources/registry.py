"""The kinds of sources that there are, in the order in which `feeds add` tries them."""

from collections.abc import Iterable, Mapping

from collectors.fetching.results import Fetched
from collectors.sources.changes import CHANGES
from collectors.sources.feed import FEED
from collectors.sources.imap import IMAP
from collectors.sources.json_api import JSON
from collectors.sources.kind import SourceError, SourceKind, read_options
from collectors.sources.page import PAGE
from collectors.sources.sitemap import SITEMAP

__all__ = ["SCHEMES", "SOURCE_KINDS", "check_source", "kind_by_scheme", "kind_of"]

SOURCE_KINDS: tuple[SourceKind, ...] = (
    IMAP,
    SITEMAP,
    JSON,
    PAGE,
    CHANGES,
    FEED,  # the last one: it takes every document
)


# Those of addresses that can be polled.
SCHEMES = ("http", "https", *(scheme for kind in SOURCE_KINDS for scheme in kind.schemes))


def check_source(name: str, options: Mapping[str, str], kinds: Iterable[SourceKind] = SOURCE_KINDS) -> SourceKind:
    """The kind of this name; raises `SourceError` where there is none, or where the options are not those of it."""
    by_name = {kind.name: kind for kind in kinds}
    if name not in by_name:
        raise SourceError(f"there is no kind of source {name!r}, but {', '.join(by_name)}")
    read_options(options, by_name[name].options)
    return by_name[name]


def kind_by_scheme(url: str, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> str:
    """The name of the kind that an address shows by its scheme; "" for an address of the web."""
    scheme = url.partition(":")[0].lower()
    return next((kind.name for kind in kinds if scheme in kind.schemes), "")


def kind_of(fetched: Fetched, kinds: Iterable[SourceKind] = SOURCE_KINDS) -> SourceKind:
    """The first kind that recognises a document."""
    return next(kind for kind in kinds if kind.recognises(fetched))
