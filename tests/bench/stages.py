"""One stage after the other on one stream: each is given all that the one before it has made.

The stages after the tagger are measured on many items, which a stand-in has tagged; the tagger itself with the shipped
encoder on some of them. Joining the group is not measured, since it is done once a start.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from pathlib import Path

from classifiers.judging.classify import Judgement
from classifiers.stage import Judge, TagStage
from deploy.running.first_day import feed_id
from deploy.running.wiring import Role, stage_role
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from stream.engine.stage import Event
from stream.engine.worker import Worker
from stream.index.session import IndexSession
from stream.log import topics
from stream.log.port import Log, Session
from stream.log.records import Out, Record
from stream.records import Destination, Feed, HealthEvent, Subscription, encode
from stream.themes.saved import shipped_themes
from tests.bench.figures import Figure, measured
from tests.bench.open_items import vectors_of
from tests.ledger import TEXTS
from tests.stream.fakes import RecordingHooks

__all__ = ["Counted", "feeds", "joined", "settings_for", "stages", "subscribed"]

FEEDS = 20
WORDS = {summary: theme for theme, (_, summary) in TEXTS.items()}


@dataclass
class Counted(RecordingHooks):
    """The worker's hooks: how many records have gone in, and out to which topic."""

    passed: int = 0
    made: Counter[str] = field(default_factory=Counter)

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> None:
        """Counts a commit."""
        self.passed += sum(isinstance(event, Record) for event in events)
        self.made.update(out.topic for out in outs)

    def fenced(self, stage: str) -> None:
        """A benchmark runs alone."""
        raise AssertionError(f"{stage} was fenced")


def feeds(log: Log, address: str, count: int) -> None:
    """Has so many feeds of the site polled."""
    urls = [f"{address}/feed/{number}" for number in range(count)]
    log.append([Out("feeds", feed_id(url), encode(Feed(id=feed_id(url), url=url, interval=1.0))) for url in urls])


def subscribed(settings: Settings, log: Log, address: str) -> None:
    """Has every alert sent to the site."""
    subscription = Subscription(
        id="bench",
        revision=1,
        themes=shipped_themes(),
        threshold=0,
        updates=True,
        channel=Destination("webhook", f"{address}/hook"),
    )
    log.append([Out("subscriptions", "bench", encode(subscription))])


def settings_for(url: str, folder: Path) -> Settings:
    """The defaults, but for what loopback needs."""
    fetch = {"allow_networks": [IPv4Network("127.0.0.0/8")], "host_gap": 0}
    return Settings.model_validate({"stream": {"url": url}, "data": {"dir": folder}, "fetch": fetch})


def stages(
    backend: str, settings: Settings, log: Log, address: str, entries: int, count: int = FEEDS
) -> Iterator[Figure]:
    """The figures of each stage, the tagger's without its model; `entries` is how many each of the feeds will show."""
    subscribed(settings, log, address)
    feeds(log, address, count)
    yield _collected(Figure(backend, "collect", count * entries), settings, log, count)
    tag = replace(stage_role("tag", settings), stage=TagStage(_StandIn()))
    yield _run(Figure(backend, "tag alone"), tag, settings, log)
    for name in ("story", "match", "deliver", "index"):
        yield _run(Figure(backend, name), stage_role(name, settings), settings, log)


def _collected(figure: Figure, settings: Settings, log: Log, count: int) -> Figure:
    """The first polls are the baseline, with an entry a feed; then come the documents that are measured."""
    made, counted = stage_role("collect", settings), Counted()
    worker, _ = joined(made, settings, log, counted)
    while counted.made["items"] < count:
        worker.step()
    with measured(figure):
        while counted.made["items"] < figure.items + count:
            worker.step()
        worker.close()
        made.close()  # within, since a parser's time is known when it has ended
    return figure


def _run(figure: Figure, made: Role, settings: Settings, log: Log) -> Figure:
    """Lets a stage work off what is there: all records of its inputs, and what it has to do for each."""
    counted = Counted()
    worker, session = joined(made, settings, log, counted)
    waiting = figure.items = _waiting(log, made.stage.inputs)

    def ended() -> bool:
        if isinstance(session, IndexSession):
            return session.caught_up()
        done = counted.made[topics.DELIVERIES] if made.stage.name == "deliver" else counted.passed
        return done >= waiting

    with measured(figure):
        while not ended():
            worker.step()
    worker.close()
    made.close()
    return figure


def _waiting(log: Log, inputs: Sequence[str]) -> int:
    """How many records there are; offsets do not tell, since Kafka's transactions take some."""
    reader, count = log.reader(inputs), 0
    while not reader.caught_up():
        count += len(reader.poll(1.0))
    reader.close()
    return count


def joined(made: Role, settings: Settings, log: Log, counted: Counted) -> tuple[Worker, Session]:
    """A worker that owns all partitions, and has done nothing yet."""
    stage = made.stage
    if stage.name == "index":
        session: Session = IndexSession(log, index_path(settings), stage.inputs)
    else:
        session = log.session(stage.name, stage.inputs)
        partitions = len(log.ends(stage.inputs[:1]))
        while len(session.owned()) < partitions:
            session.poll(None)
    return Worker(stage, log, session, clock, counted, made.perform, made.concurrency, made.alarm), session


class _StandIn:
    """Knows the site's texts by heart."""

    def judge(self, models: Mapping[str, bytes]) -> Judge:
        """The same for any models."""
        return lambda texts: [_judgement(WORDS[text.summary], text.title) for text in texts]

    def refused(self, models: Mapping[str, bytes]) -> Mapping[str, HealthEvent]:
        """None ever is."""
        return {}


def _judgement(theme: str, title: str) -> Judgement:
    tags = (theme,) if theme else ()
    themes = {each: float(each == theme) for each in WORDS.values() if each}
    vectors, token_vectors = vectors_of(theme, title)
    decision = "tagged" if theme else "none"
    by_tag = dict.fromkeys(tags, vectors), dict.fromkeys(tags, token_vectors)
    return Judgement(themes, tags, decision, "en", (), "stand-in", vectors=by_tag[0], token_vectors=by_tag[1])
