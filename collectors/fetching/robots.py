"""What sites allow robots to read (RFC 9309), asked once a day of each."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from collectors.fetching.fetch import Fetcher
from collectors.fetching.results import Fetched, FetchFailed, FetchRequest

__all__ = ["Robots"]

MOST_BYTES = 512_000  # RFC 9309 has at least 500 KiB read
MOST_SITES = 2_000
KEPT_SECONDS = 86_400.0
UNKNOWN_SECONDS = 600.0  # before a site whose rules could not be had is asked again
ALLOWS_NOTHING = "User-agent: *\nDisallow: /"


DISALLOWED = "the site's robots.txt does not allow it"
NOT_HAD = "the site's robots.txt cannot be had now, and what it allows is not known"


@dataclass(frozen=True, slots=True)
class _Rules:
    rules: Protego
    until: float
    refusal: str = DISALLOWED


class Robots:
    """The rules of sites, for many threads; `agent` is the product token by which they name us."""

    def __init__(self, fetcher: Fetcher, agent: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._agent = agent
        self._clock = clock
        self._sites: OrderedDict[str, _Rules] = OrderedDict()
        self._lock = threading.Lock()

    def refusal(self, url: str, feed_url: str, deadline: float) -> str:
        """Why this page may not be read, "" where it may; rules that are not known are fetched within `deadline` s.

        A site without rules allows all, and one whose rules cannot be reached nothing, as the RFC has it. A sitemap
        that the rules name is there for robots, whatever else they say.
        """
        known = self._rules(url, feed_url, deadline)
        allowed = known.rules.can_fetch(url, self._agent) or url in known.rules.sitemaps
        return "" if allowed else known.refusal

    def sitemaps(self, url: str, feed_url: str, deadline: float) -> list[str]:
        """The sitemaps that the rules of the page's site name."""
        return list(self._rules(url, feed_url, deadline).rules.sitemaps)

    def _rules(self, url: str, feed_url: str, deadline: float) -> _Rules:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
        with self._lock:
            known = self._sites.get(site)
        if known is None or known.until <= self._clock():
            known = self._fetch_rules(site, feed_url, deadline)
            with self._lock:
                self._sites[site] = known
                self._sites.move_to_end(site)
                while len(self._sites) > MOST_SITES:
                    self._sites.popitem(last=False)
        return known

    def _fetch_rules(self, site: str, feed_url: str, deadline: float) -> _Rules:
        request = FetchRequest(
            f"{site}/robots.txt", max_bytes=MOST_BYTES, deadline=deadline, given_url=feed_url, accept="text/plain, */*"
        )
        found = self._fetcher.fetch(request)
        if isinstance(found, Fetched):
            text = found.body.decode("utf-8", "replace")
        elif isinstance(found, FetchFailed) and 400 <= found.status < 500 and found.status != 429:
            text = ""
        else:
            return _Rules(Protego.parse(ALLOWS_NOTHING), self._clock() + UNKNOWN_SECONDS, NOT_HAD)
        return _Rules(Protego.parse(text), self._clock() + KEPT_SECONDS)
