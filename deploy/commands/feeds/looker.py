"""Looks at an address as the collectors would poll it, and stores nothing."""

import os
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from collectors.deciding.clean_text import TITLE_CHARACTERS, clean
from collectors.deciding.dates import dated
from collectors.fetching.credentials import CredentialsError, credential_headers
from collectors.fetching.results import Fetched, FetchFailed, FetchRequest
from collectors.parsing.discover import FeedLink, feed_links, is_page
from collectors.parsing.parsed import Parsed, ParseFailed
from collectors.parsing.parser_pool import ParserPool
from deploy.running.wiring.fetching import make_fetcher
from deploy.settings.model import Settings
from stream.records import Failure

__all__ = ["FeedSeen", "Look", "Looker", "NothingSeen", "PageSeen", "newest"]


@dataclass(frozen=True)
class FeedSeen:
    """A feed is there."""

    parsed: Parsed
    seconds: float


@dataclass(frozen=True)
class PageSeen:
    """A web page is there, with the feeds that it names."""

    links: tuple[FeedLink, ...]
    failure: Failure
    seconds: float


@dataclass(frozen=True)
class NothingSeen:
    """Nothing could be read."""

    failure: Failure
    seconds: float


Look = FeedSeen | PageSeen | NothingSeen


class Looker:
    """Fetches and parses, for many threads; `deadline` is for one fetch, in seconds."""

    def __init__(self, settings: Settings, deadline: float, parsers: int = 1) -> None:
        self._fetcher = make_fetcher(settings)
        self._parsers = ParserPool(settings.fetch.parse_deadline, workers=parsers)
        self._max_bytes, self._deadline = settings.fetch.max_bytes, deadline

    def look(self, url: str, credentials: str = "", given_url: str = "") -> Look:
        """One poll; `given_url` is the address that a person gave, where `url` came from there."""
        try:
            headers = credential_headers(credentials, os.environ)
        except CredentialsError as error:
            return NothingSeen(Failure("auth", str(error)), 0.0)
        fetched = self._fetcher.fetch(
            FetchRequest(url, max_bytes=self._max_bytes, deadline=self._deadline, headers=headers, given_url=given_url)
        )
        match fetched:
            case FetchFailed():
                return NothingSeen(Failure(fetched.kind, fetched.message), fetched.seconds)
            case Fetched():
                return self._read(fetched)
        raise AssertionError("without validators no server can say that nothing has changed")

    def _read(self, fetched: Fetched) -> Look:
        parsed = self._parsers.parse(fetched.body, fetched.content_type, fetched.final_url)
        if isinstance(parsed, Parsed):
            return FeedSeen(parsed, fetched.seconds)
        failure = _failure(parsed)
        links = feed_links(fetched.body, fetched.content_type, fetched.final_url, fetched.link_header)
        if not (is_page(fetched.body, fetched.content_type) or (fetched.link_header and links)):
            return NothingSeen(failure, fetched.seconds)
        if fetched.challenge and not links:
            return NothingSeen(Failure(failure.kind, fetched.challenge), fetched.seconds)
        return PageSeen(links, failure, fetched.seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends connections and parser processes, and with them every look."""
        self._fetcher.close()
        self._parsers.close()


def _failure(parsed: ParseFailed) -> Failure:
    return Failure(parsed.kind, parsed.message)


def newest(parsed: Parsed, now: int) -> list[tuple[int | None, str]]:
    """(date in ms, clean title) of each entry, newest first; those whose date says nothing come last, as listed."""
    found = []
    for entry in parsed.entries:
        at, quality = dated(entry.published_ms, entry.published, now)
        found.append((at if quality == "trusted" else None, entry.title))
    found.sort(key=lambda one: -(one[0] or 0))
    return [(at, clean(title, TITLE_CHARACTERS)) for at, title in found]
