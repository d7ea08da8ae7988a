"""A page that is watched for changes of its text: a status page, a table of drafts, a list without links.

The text as it was read last is the cursor, packed: a change is what has come and what is gone since then.
"""

import zlib
from base64 import b64decode, b64encode
from functools import partial

from msgspec.structs import replace

from collectors.fetching.results import Fetched
from collectors.parsing.page_list import compiled
from collectors.parsing.page_text import Watched, parse_changes
from collectors.poll_result import Document, PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind, read_options, unchanged

__all__ = ["CHANGES", "ChangesOptions"]


class ChangesOptions(Watched, frozen=True, forbid_unknown_fields=True):
    """Which parts of the page are watched, and which of them are not."""

    def __post_init__(self) -> None:
        for selector in filter(None, (self.select, self.ignore)):
            compiled(selector)  # a ValueError says what is wrong with it


def poll_changes(request: PollRequest, context: PollContext) -> PollResult:
    """One poll: the page, if its site allows that it is read, beside what it was."""
    options = read_options(request.options, ChangesOptions)
    fetched = context.fetch_page(request)
    if not isinstance(fetched, Fetched):
        return fetched
    watched = Watched(options.select, options.ignore)
    read = partial(parse_changes, watched=watched, before=_unpacked(request.cursor), now=int(context.clock() * 1000))
    document = context.read(fetched, read)
    if not isinstance(document, Document):
        return document
    if not document.parsed.entries:
        return unchanged(fetched)
    return replace(document, cursor=_packed(document.parsed.goes_on), parsed=replace(document.parsed, goes_on=""))


def _packed(text: str) -> str:
    return b64encode(zlib.compress(text.encode("utf-8", "replace"))).decode()


def _unpacked(cursor: str) -> str:
    return zlib.decompress(b64decode(cursor)).decode() if cursor else ""


def _recognises(_: Fetched) -> bool:
    return False  # any page may be watched so, and none wants to be


CHANGES = SourceKind(
    "changes", "A page that is watched for changes of its text.", _recognises, poll_changes, ChangesOptions
)
