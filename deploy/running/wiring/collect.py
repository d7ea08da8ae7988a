"""The role `collect`."""

from dataclasses import replace

from collectors.article_reader import ArticleReader, Unavailable
from collectors.deciding.articles import ARTICLE, Wait
from collectors.deciding.flood import Limits
from collectors.deciding.interval import Pace
from collectors.fetching.fetch import Fetcher
from collectors.fetching.robots import Robots
from collectors.parsing.article import available
from collectors.parsing.parser_pool import ParserPool
from collectors.poller import Poller, host_of
from collectors.schedule import WakeUps
from collectors.stage import CollectStage
from deploy.running.canary import EVERYWHERE, fetch_own
from deploy.running.wiring.fetching import make_fetcher
from deploy.running.wiring.roles import Role, timers
from deploy.settings.locations import clock
from deploy.settings.model import Settings, SettingsError
from stream.engine.executor import Perform, RateLimit
from stream.log.topics import CANARY
from stream.ops.canary.isolated import WithCanary
from stream.units import DAY

__all__ = ["collect_role"]

MOST_CANARIES = 1000  # at once: one for each theme
COLLECT_PAUSE = 0.1  # seconds; without it each poll would be two commits of its own


def collect_role(settings: Settings) -> Role:
    """Polls feeds and reads articles, within the limits of `fetch`."""
    fetch = settings.fetch
    parsers = ParserPool(fetch.parse_deadline, workers=fetch.parsers)
    fetcher, unguarded = make_fetcher(settings), make_fetcher(settings, EVERYWHERE)
    poller = Poller(fetcher, parsers, fetch.max_bytes, fetch.deadline)
    own = Poller(unguarded, parsers, fetch.max_bytes, fetch.deadline)
    stage = CollectStage(
        pace=Pace(fetch.interval, fetch.shortest_interval, fetch.longest_interval),
        limits=Limits(int(fetch.new_within * DAY), fetch.flood),
        silent_after=fetch.silent_after * 3600,
        full_every=fetch.full_every * 3600,
        max_text=fetch.max_text,
        articles=Wait(fetch.articles, fetch.article_wait, fetch.max_text),
    )
    apart = replace(stage, limits=Limits(DAY, MOST_CANARIES), articles=Wait(), baseline=False)

    def close() -> None:
        unguarded.close()
        poller.close()

    performing: dict[str, Perform] = {"fetch": poller.perform, ARTICLE: _article_reader(settings, fetcher, parsers)}
    performing[f"{CANARY}fetch"] = fetch_own(settings, own.perform)
    rate_limit = RateLimit(host_of, fetch.host_gap, fetch.host_connections)
    both = WithCanary(stage, apart)
    return Role(both, performing, fetch.concurrency, WakeUps, close, rate_limit, COLLECT_PAUSE, timers(stage.longest))


def _article_reader(settings: Settings, fetcher: Fetcher, parsers: ParserPool) -> Perform:
    if not available():
        if settings.fetch.articles != "off":
            raise SettingsError("setting fetch.articles: articles need an extra: install themewire[articles]")
        return Unavailable().perform

    return ArticleReader(fetcher, Robots(fetcher, "themewire"), parsers, settings.fetch.article_bytes, clock).perform
