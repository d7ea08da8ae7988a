"""Counts what happened to the stages: the workers' `Hooks`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

import msgspec
from prometheus_client import CollectorRegistry

from stream.delivering.feedback import ORIGIN
from stream.delivering.pending import Pending
from stream.engine.stage import Event
from stream.log import topics
from stream.log.port import Work
from stream.log.records import Out, Record, Rows
from stream.log.topics import ALERTS
from stream.ops.balance import FATES, balances
from stream.ops.metrics import catalogue as of
from stream.ops.metrics.balanced import balanced
from stream.ops.metrics.instruments import Instruments
from stream.records import Alert, Delivery, HealthEvent, Item, Label, Outbound, Poll, Tagged, decode

__all__ = ["Metrics"]

NO_FACTS: Mapping[str, int] = {}


def _label(text: str) -> str:
    return text.replace(" ", "_")


class Metrics(Instruments):
    """Counts a commit by what it has passed and what has landed with it; see `stream.engine.hooks`."""

    def __init__(
        self,
        registry: CollectorRegistry,
        themes: Sequence[str] = (),
        roles: Collection[str] | None = None,
        also: Callable[[str, Sequence[Event], Sequence[Out]], None] = lambda stage, events, outs: None,
    ) -> None:
        super().__init__(registry, themes, roles)
        self._also = also  # is told of each commit, too
        self._pending = Pending()

    def committed(
        self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int] = NO_FACTS
    ) -> None:
        """Counts a partition's part of a commit."""
        self[of.STAGE_EVENTS].labels(stage).inc(len(events))
        for balance in balances(stage, events, outs, facts):
            if balance.came:
                self[of.BALANCE_IN].labels(balance.of).inc(balance.came)
            for fate, count in balance.went.items():
                if count:
                    self[of.BALANCE_OUT].labels(balance.of, fate).inc(count)
        for event in events:
            if isinstance(event, Record) and event.value is not None and (read := _READ.get((stage, event.topic))):
                with suppress(msgspec.MsgspecError):  # what is none of its kind is dead, which is counted as such
                    read(self, event.value)
        for out in outs:
            if out.topic == topics.DEAD:
                self[of.DEAD_RECORDS].labels(stage).inc()
            elif out.value is not None:
                topic = ALERTS if out.topic.startswith(ALERTS) else out.topic
                if written := _WRITTEN.get((stage, topic)):
                    written(self, out.value)
        self._also(stage, events, outs)

    def owned(self, stage: str, rows: Mapping[int, Rows]) -> None:
        """Tells which share of a stage is worked on here."""
        self[of.PARTITIONS_OWNED].labels(stage).set(len(rows))
        self[of.REBALANCES].labels(stage).inc(
            bool(rows)
        )  # a worker that leaves has its share for as long as it is there
        if stage == "deliver":
            self._pending.owned(rows)

    def landed(self, stage: str, works: Sequence[Work], seconds: float) -> None:
        """Counts a commit as a whole."""
        self[of.COMMITS].labels(stage).inc()
        self[of.COMMIT_DURATION].labels(stage).observe(seconds)
        if stage == "deliver":
            self._pending.landed(works)

    def fenced(self, stage: str) -> None:
        """Counts a commit that was refused."""
        self[of.COMMITS_FENCED].labels(stage).inc()

    def jumped(self, stage: str) -> None:
        """Counts a jump of the clock."""
        self[of.CLOCK_JUMPS].labels(stage).inc()

    def aborted(self, stage: str, times: int) -> None:
        """Counts transactions that came to nothing."""
        self[of.TRANSACTION_ABORTS].labels(stage).inc(times)

    def stepped(self, stage: str, now: int) -> None:
        """Lets what waits for its delivery grow older."""
        if stage == "deliver":
            oldest = self._pending.oldest
            self[of.DELIVERIES_PENDING].set(self._pending.count)
            self[of.DELIVERY_OLDEST_PENDING].set(0 if oldest is None else max(0, now - oldest) / 1000)

    def lost(self) -> dict[str, int]:
        """What has come to nothing, by what it was; empty where each has its fate."""
        return {each.of: each.lost for each in balanced(self.registry) if each.lost}


def _poll(metrics: Metrics, value: bytes) -> None:
    poll = decode(value, Poll)
    metrics[of.POLLS].labels(poll.outcome).inc()
    metrics[of.POLL_DURATION].observe(poll.seconds)
    metrics[of.POLL_BYTES].inc(poll.received)
    if poll.gap:
        metrics[of.FEED_GAPS].inc()
    if not poll.entries:
        return
    metrics[of.BASELINE_ITEMS].inc(poll.baseline)
    for fate in FATES["entries"]:
        metrics[of.ENTRIES].labels(fate).inc(getattr(poll, fate))


def _item(metrics: Metrics, value: bytes) -> None:
    item = decode(value, Item)
    if item.revision == 0:
        metrics[of.ITEM_DATES].labels(item.date_quality).inc()
    if item.article:
        metrics[of.ARTICLES].labels(item.article).inc()


def _tagged(metrics: Metrics, value: bytes) -> None:
    tagged = decode(value, Tagged)
    if tagged.joined or tagged.relabelled:  # it was counted when it was judged
        return
    metrics[of.ITEMS_CLASSIFIED].labels(_label(tagged.decision)).inc()
    for theme in tagged.tags:
        metrics[of.ITEM_THEMES].labels(theme).inc()
    if tagged.model and not tagged.rule:  # else the probabilities are not the model's own
        for theme, probability in tagged.themes.items():
            metrics[of.ITEM_PROBABILITY].labels(theme).observe(probability)


def _labelled(metrics: Metrics, value: bytes) -> None:
    label = decode(value, Label)
    for themes, verdict, answer in ((label.yes, "yes", "right"), (label.no, "no", "wrong")):
        for theme in set(themes) & {*metrics.themes}:  # people speak of themes that are gone as well
            metrics[of.LABELS].labels(theme, verdict).inc()
            if label.origin == ORIGIN:
                metrics[of.FEEDBACK].labels(theme, answer).inc()


def _health(metrics: Metrics, value: bytes) -> None:
    kind = decode(value, HealthEvent).kind
    metrics[of.HEALTH_EVENTS].labels(_label(kind)).inc()
    if kind == "model refused":
        metrics[of.MODELS_REFUSED].inc()


def _alert(metrics: Metrics, value: bytes) -> None:
    alert = decode(value, Alert)
    metrics[of.ALERTS].labels(alert.theme, alert.kind).inc()
    if alert.kind != "retracted":
        metrics[of.ALERT_SOURCES].labels(alert.theme).observe(alert.independent)
    if alert.kind == "new" and alert.rule != "label":
        _span(metrics, "first_seen_to_tagged", alert.first_seen, alert.tagged_at)
        _span(metrics, "tagged_to_alerted", alert.tagged_at, alert.alerted_at)
        _span(metrics, "first_seen_to_alerted", alert.first_seen, alert.alerted_at)
        if alert.date_quality == "trusted":
            _span(metrics, "published_to_alerted", alert.published, alert.alerted_at)


def _sent(metrics: Metrics, value: bytes) -> None:
    metrics[of.PROMPT_ALERTS].inc(decode(value, Outbound).prompt)


def _delivery(metrics: Metrics, value: bytes) -> None:
    delivery = decode(value, Delivery)
    metrics[of.DELIVERIES].labels(delivery.channel, _label(delivery.outcome)).inc()
    if delivery.prompt and delivery.outcome == "delivered":
        _span(metrics, "alerted_to_delivered", delivery.alerted_at, delivery.at)
        _span(metrics, "first_seen_to_delivered", delivery.first_seen, delivery.at)
        if delivery.published:
            _span(metrics, "published_to_delivered", delivery.published, delivery.at)


def _span(metrics: Metrics, span: str, start: int, end: int) -> None:
    """Processes' clocks may differ by a little: no span is less than nothing."""
    metrics[of.ALERT_LATENCY].labels(span).observe(max(0, end - start) / 1000)


Count = Callable[[Metrics, bytes], None]
# By stage and topic. Events come from everywhere, also from outside the stages: match reads them all.
_READ: Mapping[tuple[str, str], Count] = {("tag", topics.LABELS): _labelled, ("match", topics.EVENTS): _health}
_WRITTEN: Mapping[tuple[str, str], Count] = {
    ("collect", topics.POLLS): _poll,
    ("collect", topics.ITEMS): _item,
    ("tag", topics.TAGGED): _tagged,
    ("story", ALERTS): _alert,
    ("match", topics.OUTBOX): _sent,
    ("deliver", topics.DELIVERIES): _delivery,
}
