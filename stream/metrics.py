"""Every metric, declared once. Hooks count what was committed; label values come from closed lists, never from data."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.records import FEED_STATES, Alert, Delivery, Poll, Tagged, decode
from stream.records import Event as HealthEvent
from stream.stage import Event, Out
from stream.topics import ALERTS

__all__ = ["FeedsByState", "Metrics", "answers_counter", "lag_gauge"]

POLL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SPAN_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)


def lag_gauge(registry: CollectorRegistry) -> Gauge:
    """How far each stage is behind; it is asked of the stream when the metrics are read."""
    return Gauge("themewire_stage_lag_records", "Records not yet passed.", ["stage"], registry=registry)


def answers_counter(registry: CollectorRegistry | None) -> Counter:
    """Counts where a label is written; the web role's process may have a registry for each scrape, and gives None."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    about = "Answers by link that an alert was right or wrong, as labels were written of them."
    return Counter("themewire_answers", about, ["theme", "answer"], registry=registry)


class FeedsByState(Collector):
    """How many feeds are in each state; `states` is asked, once, when the metrics are read."""

    def __init__(self, states: Callable[[], Mapping[str, int]]) -> None:
        self._states = states

    def collect(self) -> Iterator[Metric]:
        """One gauge with a value for each state."""
        gauge = GaugeMetricFamily("themewire_feeds", "Feeds, by their state.", labels=["state"])
        states = self._states()
        for state in FEED_STATES:
            gauge.add_metric([state], states.get(state, 0))
        yield gauge


class Metrics:
    """The metrics of one process, in a registry of their own; the worker's `Hooks`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
        self.registry = registry
        self.events = self._counter("stage_events", "Records, results and ticks that a stage has passed.", "stage")
        self.fences = self._counter("stage_fenced", "Commits refused since a partition had moved.", "stage")
        self.polls = self._counter("polls", "Polls, by how they ended.", "outcome")
        self.entries = self._counter("entries", "Entries of polled documents, by what became of them.", "fate")
        self.baseline = self._counter("baseline_items", "Items of first polls, which raise no alerts.")
        self.tagged = self._counter("items_tagged", "Items that passed the tagger, by its decision.", "decision")
        self.themes = self._counter("item_themes", "Items tagged with a theme.", "theme")
        self.alerts = self._counter("alerts", "Alerts, by theme and kind.", "theme", "kind")
        self.deliveries = self._counter("deliveries", "Attempts to deliver, by outcome.", "outcome")
        self.dead = self._counter("dead_records", "Records that could not be handled.", "stage")
        self.gaps = self._counter("feed_gaps", "Documents of which no entry was known: items may have been missed.")
        self.health = self._counter("health_events", "Changes of health, by what operators subscribe to.", "kind")
        self.answers = answers_counter(registry)
        self.drift = Gauge(
            "themewire_model_drift",
            "How far what the serving model reads and says has moved (population stability index; over 0.25 is much).",
            ["of"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.poll_seconds = self._histogram("poll_seconds", "Seconds that a poll took.", POLL_BUCKETS)
        self.span = self._histogram("first_seen_to_alert_seconds", "Seconds from first seen to alert.", SPAN_BUCKETS)
        self.up = Gauge(
            "themewire_stage_up", "Whether a stage is at work (1) or not (0).", ["stage"], registry=registry
        )
        self._lag = lag_gauge(registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"themewire_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"themewire_{name}", about, buckets=buckets, registry=self.registry)

    def watch_lags(self, lags: Mapping[str, Callable[[], float]]) -> None:
        """Asks each stage's lag whenever the metrics are read."""
        for stage, lag in lags.items():
            self._lag.labels(stage).set_function(lag)

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out]) -> None:
        """Counts a commit; see `stream.worker.Hooks`."""
        self.events.labels(stage).inc(len(events))
        for out in outs:
            if out.value is not None:
                self._count(stage, out.topic, out.value)

    def _count(self, stage: str, topic: str, value: bytes) -> None:
        if topic == "polls":
            self._count_poll(decode(value, Poll))
        elif topic == "tagged":
            tagged = decode(value, Tagged)
            if not tagged.joined:
                self.tagged.labels(tagged.decision.replace(" ", "_")).inc()
                for theme in tagged.tags:
                    self.themes.labels(theme).inc()
        elif topic == "events":
            self.health.labels(decode(value, HealthEvent).kind.replace(" ", "_")).inc()
        elif topic == "dead":
            self.dead.labels(stage).inc()
        elif topic == "deliveries":
            self.deliveries.labels(decode(value, Delivery).outcome.replace(" ", "_")).inc()
        elif topic.startswith(ALERTS):
            alert = decode(value, Alert)
            self.alerts.labels(alert.theme, alert.kind).inc()
            if alert.kind == "new":
                self.span.observe((alert.alerted_at - alert.first_seen) / 1000)

    def _count_poll(self, poll: Poll) -> None:
        self.polls.labels(poll.outcome).inc()
        self.poll_seconds.observe(poll.seconds)
        if poll.gap:
            self.gaps.inc()
        if not poll.entries:
            return
        self.baseline.inc(poll.baseline)
        for fate in ("new", "revised", "seen", "held_back", "refused"):
            self.entries.labels(fate).inc(getattr(poll, fate))

    def fenced(self, stage: str) -> None:
        """Counts a commit that was refused."""
        self.fences.labels(stage).inc()
