"""The role `collect`."""

from dataclasses import replace

from collectors.article_reader import ArticleReader, Unavailable
from collectors.article_result import ARTICLE
from collectors.deciding.articles import ArticlePolicy
from collectors.deciding.documents import DocumentRules
from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.feed.interval import PollIntervals
from collectors.deciding.hubs import WEBSUB
from collectors.fetching.hub_subscriber import HubSubscriber
from collectors.parsing.article import available
from collectors.parsing.parser_pool import ParserPool
from collectors.poll_result import POLL
from collectors.poller import Poller, host_of
from collectors.schedule import WakeUps
from collectors.sources.kind import PollContext
from collectors.stage import CollectStage
from deploy.running.canary import EVERYWHERE, fetch_own
from deploy.running.feedback_links import callbacks
from deploy.running.wiring.fetching import make_fetcher
from deploy.running.wiring.roles import Role, timers
from deploy.settings.locations import clock
from deploy.settings.model import Settings, SettingsError
from stream.engine.executor import Perform, RateLimit
from stream.engine.rate_limits import Rate
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
    context = PollContext(fetcher, parsers, fetch.max_bytes, fetch.deadline)
    poller = Poller(context)
    own = Poller(PollContext(unguarded, parsers, fetch.max_bytes, fetch.deadline))
    stage = CollectStage(
        intervals=PollIntervals(fetch.interval, fetch.shortest_interval, fetch.longest_interval),
        documents=DocumentRules(FloodLimits(int(fetch.new_within * DAY), fetch.flood), max_text=fetch.max_text),
        silent_after=fetch.silent_after * 3600,
        full_every=fetch.full_every * 3600,
        articles=ArticlePolicy(fetch.articles, fetch.article_wait, fetch.max_text),
        websub=settings.web.websub,
    )
    canaries = DocumentRules(FloodLimits(DAY, MOST_CANARIES), baseline=False, max_text=fetch.max_text)
    apart = replace(stage, documents=canaries, articles=ArticlePolicy(), websub=False)

    def close() -> None:
        unguarded.close()
        poller.close()

    performing: dict[str, Perform] = {POLL: poller.perform, ARTICLE: _article_reader(settings, context)}
    if settings.web.websub:
        performing[WEBSUB] = HubSubscriber(fetcher, *callbacks(settings), fetch.deadline).perform
    performing[f"{CANARY}{POLL}"] = fetch_own(settings, own.perform)
    rate_limit = RateLimit(host_of, lambda _: Rate(fetch.host_gap), fetch.host_connections)
    both = WithCanary(stage, apart)
    return Role(both, performing, fetch.concurrency, WakeUps, close, rate_limit, COLLECT_PAUSE, timers(stage.longest))


def _article_reader(settings: Settings, context: PollContext) -> Perform:
    if not available():
        if settings.fetch.articles != "off":
            raise SettingsError("setting fetch.articles: articles need an extra: install themewire[articles]")
        return Unavailable().perform
    most = settings.fetch.article_bytes
    return ArticleReader(context.fetcher, context.robots, context.parsers, most, clock).perform
