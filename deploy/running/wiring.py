"""The one composition root: from settings to a log, stages, what they perform, and workers."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.running.canary import EVERYWHERE, fetch_own, post_own
from deploy.running.feedback_links import key_of, links_of, public_url
from deploy.running.retraining import Retrainer, train_apart
from deploy.settings.locations import clock, index_path, theme_ids
from deploy.settings.model import Settings, SettingsError
from stream.engine.executor import Perform, RateLimit
from stream.engine.hooks import Alarm, Hooks
from stream.engine.stage import Stage
from stream.engine.timers import Longest
from stream.engine.worker import Worker
from stream.index.session import IndexSession
from stream.index.stage import IndexStage
from stream.log.port import Log
from stream.log.topics import CANARY, STAGES
from stream.ops.canary.isolated import WithCanary
from stream.ops.metrics import Metrics
from stream.units import DAY

if TYPE_CHECKING:
    from ssl import SSLContext

    from starlette.routing import BaseRoute

    from classifiers.judging.rules import Rules
    from classifiers.learning.trainer import Trainer
    from classifiers.serving import Serving
    from collectors.fetching.fetch import Fetcher
    from collectors.parsing.parser_pool import ParserPool
    from stream.delivering.channels.channel import ChannelContext, Sender
    from stream.net.guard import Network
    from stream.stories.features import FeatureExtractor

__all__ = [
    "ROLES",
    "Role",
    "TrainRole",
    "api_of",
    "channel_context",
    "make_extractor",
    "make_fetcher",
    "make_sender",
    "make_trainer",
    "role",
    "rules_of",
    "serving_of",
    "stage_role",
]

ROLES = (*STAGES, "train")
RECEIVERS = 4  # of which each may have its share of `deliver.concurrency` when all hang at once
MOST_CANARIES = 1000  # at once: one for each theme
COLLECT_PAUSE = 0.1  # seconds; without it each poll would be two commits of its own


def rules_of(settings: Settings) -> "Rules":
    """The user's rules, beside the data."""
    from classifiers.judging.rules import load_rules

    return load_rules(settings.data.dir / "rules.toml", theme_ids(settings))


def serving_of(settings: Settings) -> "Serving":
    """The model that serves, behind the user's rules."""
    from classifiers.serving import Serving  # only now: scikit-learn takes seconds to load

    return Serving(rules_of(settings), passages=settings.classify.passages)


@dataclass(frozen=True)
class Role:
    """All that a worker of one stage is made of; `close` gives back what its performers hold."""

    stage: Stage
    perform: Mapping[str, Perform]
    concurrency: int
    alarm: Callable[[Callable[[], None]], Alarm] | None
    close: Callable[[], None]
    rate_limit: RateLimit | None = None
    pause: float = 0.0
    longest: Longest = lambda table, value: None

    @property
    def name(self) -> str:
        """The stage's."""
        return self.stage.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The stage's."""
        return self.stage.inputs

    def worker(self, settings: Settings, log: Log, hooks: Hooks, horizon: int | None) -> Worker:
        """A worker with a session of its own."""
        name, inputs = self.stage.name, self.stage.inputs
        session = IndexSession(log, index_path(settings), inputs) if name == "index" else log.session(name, inputs)
        performing = (self.perform, self.concurrency, self.alarm, self.rate_limit, self.pause)
        return Worker(self.stage, log, session, clock, hooks, *performing, horizon, self.longest)


@dataclass(frozen=True)
class TrainRole:
    """The trainer, which is no stage: it reads all labels whenever it trains, and passes none."""

    name: str = "train"
    inputs: tuple[str, ...] = ()

    def worker(self, settings: Settings, log: Log, hooks: Metrics, horizon: int | None) -> Retrainer:
        """What looks whether to train."""
        return Retrainer(settings, log, lambda: datetime.now(UTC), hooks, train_apart)

    def close(self) -> None:
        """Holds nothing."""


def role(name: str, settings: Settings) -> Role | TrainRole:
    """The role of this name, one of `ROLES`."""
    return TrainRole() if name == "train" else stage_role(name, settings)


def stage_role(name: str, settings: Settings) -> Role:
    """The role of a stage."""
    return {
        "collect": _collect,
        "tag": _tag,
        "story": _story,
        "match": _match,
        "deliver": _deliver,
        "index": _index,
    }[name](settings)


def make_fetcher(settings: Settings, allowed: "Sequence[Network] | None" = None) -> "Fetcher":
    """Fetches as the settings say, from private networks as `allowed` has them in place of the setting."""
    from collectors.fetching.fetch import Fetcher, user_agent

    fetch = settings.fetch
    agent = user_agent(version("themewire"), fetch.contact)
    networks = fetch.allow_networks if allowed is None else allowed
    proxy = None if allowed else fetch.proxy or None
    return Fetcher(networks, agent, fetch.connect_timeout, fetch.read_timeout, proxy)


def api_of(settings: Settings, stream: Log, stopped: threading.Event) -> "list[BaseRoute]":
    """The routes of the API and of the links in deliveries; once `stopped` is set, what it streams ends."""
    from stream.web.access import Access, is_loopback
    from stream.web.alerts_api import AlertsApi
    from stream.web.feedback import FeedbackPages
    from stream.web.labels_api import LabelsApi
    from stream.web.operations import routes
    from stream.web.subscriptions_api import SubscriptionsApi

    host = settings.web.listen.rpartition(":")[0].strip("[]")
    access = Access(settings.web.token.get_secret_value(), is_loopback(host))
    themes, index = theme_ids(settings), index_path(settings)
    labels, subscriptions = LabelsApi(stream, index, themes, clock), SubscriptionsApi(stream, themes)
    alerts = AlertsApi(stream, themes, stopped)
    key = cache(partial(key_of, settings))  # made when a link is first opened, not by a role without any
    pages = FeedbackPages(stream, index, themes, subscriptions, clock, key, public_url(settings))
    api = [*alerts.operations(), *labels.operations(), *subscriptions.operations()]
    return [*routes(api, access), *pages.routes()]


def make_trainer(settings: Settings) -> "Trainer":
    """Trains as the settings say."""
    from classifiers.learning.trainer import Trainer

    return Trainer(
        theme_ids(settings), settings.classify.encoder, settings.data.cache, statements=settings.train.statements
    )


@cache
def make_extractor() -> "FeatureExtractor":
    """Weighs words by how ordinary they are in the statements that ship."""
    from seeds.statements import load_statements
    from stream.stories.features import FeatureExtractor

    return FeatureExtractor(f"{statement.title} {statement.summary}" for statement in load_statements())


def _timers(longest: Longest) -> Longest:
    """The rows of canaries are a stage's own, under other names."""
    return lambda table, value: longest(table.removeprefix(CANARY), value)


def _plain(stage: Stage) -> Role:
    return Role(stage, {}, 1, None, lambda: None)


def _collect(settings: Settings) -> Role:
    from collectors.deciding.articles import ARTICLE, Wait
    from collectors.deciding.flood import Limits
    from collectors.deciding.interval import Pace
    from collectors.parsing.parser_pool import ParserPool
    from collectors.poller import Poller, host_of
    from collectors.schedule import WakeUps
    from collectors.stage import CollectStage

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
    return Role(both, performing, fetch.concurrency, WakeUps, close, rate_limit, COLLECT_PAUSE, _timers(stage.longest))


def _article_reader(settings: Settings, fetcher: "Fetcher", parsers: "ParserPool") -> Perform:
    from collectors.article_reader import ArticleReader, Unavailable
    from collectors.parsing.article import available

    if not available():
        if settings.fetch.articles != "off":
            raise SettingsError("setting fetch.articles: articles need an extra: install themewire[articles]")
        return Unavailable().perform
    from collectors.fetching.robots import Robots

    return ArticleReader(fetcher, Robots(fetcher, "themewire"), parsers, settings.fetch.article_bytes, clock).perform


def _tag(settings: Settings) -> Role:
    from classifiers.stage import TagStage

    stage = TagStage(serving_of(settings), judged_for=int(settings.classify.judged_days * DAY))
    return _plain(WithCanary(stage, stage))


def _story(settings: Settings) -> Role:
    from stream.stories.stage import StoryStage

    stage, apart = StoryStage(make_extractor), StoryStage(make_extractor, joins=False)
    return replace(_plain(WithCanary(stage, apart)), longest=_timers(stage.longest))


def _match(settings: Settings) -> Role:
    from stream.matching.stage import MatchStage

    stage = MatchStage(theme_ids(settings))
    return replace(_plain(WithCanary(stage, stage)), longest=_timers(stage.longest))


def make_sender(kind: str, settings: Settings, report: Callable[[str], None] = lambda _: None) -> "Sender":
    """The sender of this kind of channel; `report` is told the steps of each attempt. Raises `SettingsError`."""
    from stream.delivering.channels.registry import channel_of

    trust = _trusting("deliver", settings.deliver.ca_file)
    context = replace(channel_context(kind, settings), trust=trust, links=links_of(settings), report=report)
    try:
        return channel_of(kind).make(context)
    except ValueError as error:
        raise SettingsError(f"setting {kind}.{error}") from error


def channel_context(kind: str, settings: Settings) -> "ChannelContext":
    """What a channel of this kind goes by, without links: enough to say whether it could deliver."""
    from stream.delivering.channels.channel import ChannelContext

    networks = settings.fetch.allow_networks
    return ChannelContext(clock, settings.channel(kind), settings.deliver.deadline, networks)


def _trusting(section: str, ca_file: Path | None) -> "SSLContext":
    from stream.net.trust import trusting

    try:
        return trusting(ca_file)
    except ValueError as error:
        raise SettingsError(f"setting {section}.ca_file: {error}") from error


def _deliver(settings: Settings) -> Role:
    from stream.delivering.channels.channel import ChannelContext
    from stream.delivering.channels.registry import CHANNELS, performing, receiver_of
    from stream.delivering.channels.webhook import WebhookSender
    from stream.delivering.stage import DeliverStage

    concurrency = settings.deliver.concurrency
    width = max(1, concurrency // RECEIVERS)
    senders = {kind: make_sender(kind, settings) for kind in CHANNELS}
    own = WebhookSender(ChannelContext(clock, deadline=settings.deliver.deadline, allowed=EVERYWHERE))

    def close() -> None:
        for sender in (*senders.values(), own):
            sender.close()

    perform = {kind: performing(sender) for kind, sender in senders.items()}
    perform[f"{CANARY}webhook"] = post_own(settings, performing(own))
    stage, rate_limit = DeliverStage(tuple(CHANNELS), width), RateLimit(receiver_of, concurrency=width)
    both = WithCanary(stage, stage)
    return Role(both, perform, concurrency, None, close, rate_limit, longest=_timers(stage.longest))


def _index(settings: Settings) -> Role:
    return _plain(IndexStage(theme_ids(settings)))
