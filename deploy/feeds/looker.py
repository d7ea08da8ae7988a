"""Looks at an address as the collectors would poll it, and stores nothing."""

from types import TracebackType
from typing import Self

from collectors.deciding.entries.dates import dated
from collectors.deciding.text.address_title import address_title
from collectors.deciding.text.clean import TITLE_CHARACTERS, clean
from collectors.parsing.parsed import Parsed
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import PollRequest
from collectors.sources.kind import PollContext
from collectors.sources.look import Look, look
from deploy.running.wiring.fetching import make_fetcher
from deploy.settings.model import Settings

__all__ = ["LOOK_SECONDS", "Looker", "newest"]

LOOK_SECONDS = 20.0  # that a person waits for one fetch


class Looker:
    """Looks at addresses, for many threads; `deadline` is for one fetch, in seconds."""

    def __init__(self, settings: Settings, deadline: float, parsers: int = 1) -> None:
        pool = ParserPool(settings.fetch.parse_deadline, workers=parsers)
        self._context = PollContext(make_fetcher(settings), pool, settings.fetch.max_bytes, deadline)

    def look(self, request: PollRequest) -> Look:
        """What a first poll would bring; see `collectors.sources.look`."""
        return look(request, self._context)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends connections and parser processes, and with them every look."""
        self._context.close()


def newest(parsed: Parsed, now: int) -> list[tuple[int | None, str]]:
    """(date in ms, clean title) of each entry, newest first; those whose date says nothing come last, as listed.

    A page that is known by its address only has the words of it for a title, as its item has at first.
    """
    found: list[tuple[int | None, str]] = []
    for entry in parsed.entries:
        at, quality = dated(entry.published_ms, entry.published, now)
        title = clean(entry.title, TITLE_CHARACTERS) or (address_title(entry.link) if parsed.pages else "")
        found.append((at if quality == "trusted" else None, title))
    found.sort(key=lambda one: -(one[0] or 0))
    return found
