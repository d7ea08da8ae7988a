"""Every metric, declared once. Hooks count what was committed; label values come from closed lists, never from data."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.balance import FATES, balances
from stream.records import FEED_STATES, Alert, Delivery, Outbound, Poll, Tagged, decode
from stream.records import Event as HealthEvent
from stream.stage import Event, Out
from stream.topics import ALERTS

__all__ = ["FeedsByState", "Metrics", "answers_counter", "lag_gauge"]

POLL_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SPAN_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)
SPANS = ("first_seen_to_tagged", "tagged_to_alerted", "alerted_to_delivered", "first_seen_to_delivered")
NO_FACTS: Mapping[str, int] = {}


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
        self.spans = self._histogram("span_seconds", "Seconds of a new alert's way, by span.", SPAN_BUCKETS, "span")
        for span in SPANS:
            self.spans.labels(span)
        self._declare_balance()
        self.up = Gauge(
            "themewire_stage_up", "Whether a stage is at work (1) or not (0).", ["stage"], registry=registry
        )
        self._lag = lag_gauge(registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"themewire_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"themewire_{name}", about, labels, buckets=buckets, registry=self.registry)

    def _declare_balance(self) -> None:
        """Every series is there from the beginning: a sum over one that is missing would say nothing."""
        self.prompt = self._counter(
            "prompt_alerts", "New alerts sent to a subscription at once: the objective of 60 s asks about them."
        )
        self.came = self._counter("balance_in", "What came to be decided on.", "of")
        self.went = self._counter("balance_out", "What became of it; in all as many as came in.", "of", "fate")
        for of, fates in FATES.items():
            self.came.labels(of)
            for fate in fates:
                self.went.labels(of, fate)

    def watch_lags(self, lags: Mapping[str, Callable[[], float]]) -> None:
        """Asks each stage's lag whenever the metrics are read."""
        for stage, lag in lags.items():
            self._lag.labels(stage).set_function(lag)

    def committed(
        self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int] = NO_FACTS
    ) -> None:
        """Counts a commit; see `stream.worker.Hooks`."""
        self.events.labels(stage).inc(len(events))
        for balance in balances(stage, events, outs, facts):
            self.came.labels(balance.of).inc(balance.came)
            for fate, count in balance.went.items():
                self.went.labels(balance.of, fate).inc(count)
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
            self._count_delivery(decode(value, Delivery))
        elif topic == "outbox":
            self.prompt.inc(stage == "match" and decode(value, Outbound).prompt)
        elif topic.startswith(ALERTS):
            alert = decode(value, Alert)
            self.alerts.labels(alert.theme, alert.kind).inc()
            if alert.kind == "new" and alert.rule != "label":
                self._span("first_seen_to_tagged", alert.first_seen, alert.tagged_at)
                self._span("tagged_to_alerted", alert.tagged_at, alert.alerted_at)

    def _count_delivery(self, delivery: Delivery) -> None:
        self.deliveries.labels(delivery.outcome.replace(" ", "_")).inc()
        if delivery.prompt and delivery.outcome == "delivered":
            self._span("alerted_to_delivered", delivery.alerted_at, delivery.at)
            self._span("first_seen_to_delivered", delivery.first_seen, delivery.at)

    def _span(self, span: str, start: int, end: int) -> None:
        """Processes' clocks may differ by a little: no span is less than nothing."""
        self.spans.labels(span).observe(max(0, end - start) / 1000)

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

    def lost(self) -> dict[str, int]:
        """What has come to nothing, by what it was; empty where each has its fate."""
        found = {}
        for of, fates in FATES.items():
            came = self.registry.get_sample_value("themewire_balance_in_total", {"of": of}) or 0
            went = [
                self.registry.get_sample_value("themewire_balance_out_total", {"of": of, "fate": fate}) or 0
                for fate in fates
            ]
            if missing := int(came - sum(went)):
                found[of] = missing
        return found

    def fenced(self, stage: str) -> None:
        """Counts a commit that was refused."""
        self.fences.labels(stage).inc()
