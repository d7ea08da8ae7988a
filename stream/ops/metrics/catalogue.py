"""Every metric, declared once; docs/metrics.md is made of it.

Label values come from closed lists, never from data: no address, and no id of a feed, item or subscription.
"""

from typing import Any

from stream.delivering.channels.registry import CHANNELS
from stream.delivering.stage import NO_CHANNEL
from stream.log.topics import STAGES
from stream.ops.balance import BALANCE_OF, FATES
from stream.ops.metrics.declared import THEMES, Declared, Values, counter, gauge, histogram
from stream.records import ARTICLE_OUTCOMES, DATE_QUALITIES, EVENT_KINDS, FEED_STATES, POLL_OUTCOMES

__all__ = ["CATALOGUE", "SPANS"]


def _label(*values: str) -> Values:
    """Label values have no spaces."""
    return Values(tuple(value.replace(" ", "_") for value in values))


# Who feeds a metric: roles, or every process.
COLLECT, TAG, STORY, MATCH, DELIVER, INDEX, TRAIN = ((name,) for name in (*STAGES, "train"))
EACH, PROCESS, CANARY = STAGES, (), ("canary",)
DECIDING = tuple(BALANCE_OF)
STAGE = Values(STAGES)
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 20)
LATENCY_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 1800, 3600, 21600, 86400)
SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1)
SPANS = (
    "first_seen_to_tagged",
    "tagged_to_alerted",
    "first_seen_to_alerted",
    "alerted_to_delivered",
    "first_seen_to_delivered",
    "published_to_alerted",
    "published_to_delivered",
)

# Collecting
POLLS = counter("polls", COLLECT, "Polls, by how they ended.", outcome=_label(*POLL_OUTCOMES))
POLL_DURATION = histogram("poll_duration_seconds", COLLECT, "Seconds that a poll took.", SECONDS)
POLL_BYTES = counter("poll_received_bytes", COLLECT, "Bytes of bodies that polls have read from the network.")
FEEDS = gauge("feeds", INDEX, "Feeds, by their state.", asked=True, state=_label(*FEED_STATES))
FEEDS_OVERDUE = gauge("feeds_overdue", INDEX, "Feeds whose next poll is more than 10 minutes late.", asked=True)
ENTRIES = counter(
    "entries", COLLECT, "Entries of polled documents, by what became of them.", fate=_label(*FATES["entries"])
)
BASELINE_ITEMS = counter("baseline_items", COLLECT, "Items of first polls, which raise no alerts.")
ITEM_DATES = counter(
    "item_dates", COLLECT, "New items, by how far their date is to be trusted.", quality=_label(*DATE_QUALITIES)
)
ARTICLES = counter(
    "articles", COLLECT, "Articles that were asked for, by what they came to.", outcome=_label(*ARTICLE_OUTCOMES)
)
FEED_GAPS = counter(
    "feed_gaps", COLLECT, "Documents of which no entry was known: items may have been missed before them."
)

# Classifying
ITEMS_CLASSIFIED = counter(
    "items_classified",
    TAG,
    "Items that passed the classifier, by its decision.",
    decision=_label("tagged", "none", "unsure", "not judged"),
)
ITEM_THEMES = counter("item_themes", TAG, "Items tagged with a theme.", theme=THEMES)
ITEM_PROBABILITY = histogram(
    "item_probability", TAG, "Probability of a theme that the model gave to each item it judged.", SHARES, theme=THEMES
)
MODEL_INFO = gauge(
    "model_info", TAG, "The model that serves; always 1.", asked=True, model=Values(one="the model's id")
)
MODEL_PROMOTED = gauge(
    "model_promoted_timestamp_seconds", TAG, "When the model that serves was promoted, in Unix time.", asked=True
)
MODELS_REFUSED = counter(
    "models_refused", MATCH, "Models that were not let serve: they failed the gate, or could not be read."
)
LABELS = counter(
    "labels",
    TAG,
    "What people have said of items, by theme and whether the item is of it.",
    theme=THEMES,
    verdict=Values(("yes", "no")),
)
ANSWERS = counter(
    "answers",
    TAG,
    "Answers by link that an alert was right or wrong, as labels were written of them.",
    theme=THEMES,
    verdict=Values(("right", "wrong")),
)
MODEL_DRIFT = gauge(
    "model_drift",
    TRAIN,
    "How far what the serving model reads and says has moved (population stability index; over 0.25 is much).",
    gathering="mostrecent",
    feature=Values(("decisions", "languages", "features"), themes=True),
)

# Alerts and deliveries
ALERTS = counter("alerts", STORY, "Alerts, by theme and kind.", theme=THEMES, kind=_label("new", "update", "retracted"))
ALERT_SOURCES = histogram(
    "alert_independent_sources",
    STORY,
    "Independent sources of a story, at each new alert and update.",
    (1, 2, 3, 5, 10, 20),
    theme=THEMES,
)
ALERT_LATENCY = histogram(
    "alert_latency_seconds",
    STORY + DELIVER,
    "Seconds of a new alert's way, by span.",
    LATENCY_SECONDS,
    span=Values(SPANS),
)
PROMPT_ALERTS = counter(
    "prompt_alerts", MATCH, "New alerts sent to a subscription at once: the objective of 60 s asks about them."
)
SUBSCRIPTIONS = gauge(
    "subscriptions", MATCH, "Subscriptions, by their state.", asked=True, state=Values(("active", "muted", "ended"))
)
DELIVERIES = counter(
    "deliveries",
    DELIVER,
    "Attempts to deliver, by channel and outcome.",
    channel=Values((*CHANNELS, NO_CHANNEL)),
    outcome=_label("delivered", "failed", "given up"),
)
DELIVERIES_PENDING = gauge("deliveries_pending", DELIVER, "Deliveries that are neither taken nor given up.")
DELIVERY_OLDEST_PENDING = gauge(
    "delivery_oldest_pending_seconds",
    DELIVER,
    "Age of the oldest delivery that is neither taken nor given up; 0 where there is none.",
    gathering="livemax",
)
HEALTH_EVENTS = counter(
    "health_events", MATCH, "Changes of health, by what operators subscribe to.", kind=_label(*EVENT_KINDS)
)

# Streams
STAGE_UP = gauge(
    "stage_up",
    EACH + TRAIN,
    "Whether a stage is at work (1) or not (0).",
    gathering="livemax",
    stage=Values((*STAGES, "train")),
)
STAGE_EVENTS = counter("stage_events", EACH, "Records, results and ticks that a stage has passed.", stage=STAGE)
STAGE_LAG_RECORDS = gauge("stage_lag_records", EACH, "Records not yet passed.", asked=True, stage=STAGE)
STAGE_LAG_SECONDS = gauge(
    "stage_lag_seconds",
    EACH,
    "Age of the oldest record not yet passed; 0 if none.",
    asked=True,
    stage=STAGE,
)
COMMITS = counter("commits", EACH, "Commits that have landed.", stage=STAGE)
COMMIT_DURATION = histogram("commit_duration_seconds", EACH, "Seconds that a commit took.", COMMIT_SECONDS, stage=STAGE)
COMMITS_FENCED = counter("commits_fenced", EACH, "Commits refused since a partition had moved.", stage=STAGE)
TRANSACTION_ABORTS = counter(
    "transaction_aborts", EACH, "Transactions that were begun and did not land, on Kafka and SQLite alike.", stage=STAGE
)
REBALANCES = counter("rebalances", EACH, "Times that the owned partitions of a stage changed.", stage=STAGE)
CLOCK_JUMPS = counter(
    "clock_jumps", EACH, "Times that a stage saw the wall clock jump by a minute or more.", stage=STAGE
)
PARTITIONS_OWNED = gauge("partitions_owned", EACH, "Partitions of a stage that are owned and at work.", stage=STAGE)
DEAD_RECORDS = counter("dead_records", EACH, "Records that could not be handled.", stage=STAGE)
BALANCE_IN = counter("balance_in", DECIDING, "What came to be decided on.", of=Values(tuple(FATES)))
BALANCE_OUT = counter(
    "balance_out",
    DECIDING,
    "What became of it; in all as many as came in.",
    pairs=tuple((of, fate) for of, fates in FATES.items() for fate in fates),
    of=Values(tuple(FATES)),
    fate=Values(tuple(sorted({fate for fates in FATES.values() for fate in fates}))),
)
RETENTION_DELETED = counter(
    "retention_deleted_records",
    PROCESS,
    "Records that this process has deleted, past their time or overtaken; the embedded stream only.",
    asked=True,
)

# Machine
STREAM_SIZE = gauge("stream_size_bytes", PROCESS, "Size of the embedded stream's files; absent on Kafka.", asked=True)
DISK_FREE = gauge("disk_free_bytes", PROCESS, "Free space of the disk that holds the data folder.", asked=True)
DISK_SIZE = gauge("disk_size_bytes", PROCESS, "Size of the disk that holds the data folder.", asked=True)
BUILD_INFO = gauge(
    "build_info",
    PROCESS,
    "The version of themewire and of Python; always 1.",
    asked=True,
    version=Values(one="the version of themewire"),
    python=Values(one="the version of Python"),
)

# Canary: there are none where no canary is sent
CANARY_PUBLISHED = counter("canary_published", CANARY, "Synthetic items that were published.", theme=THEMES)
CANARY_DELIVERED = counter("canary_delivered", CANARY, "Synthetic items whose alert was delivered.", theme=THEMES)
CANARY_LAST = gauge(
    "canary_last_delivered_timestamp_seconds",
    CANARY,
    "When the last alert of a synthetic item was delivered, in Unix time; at first when the process began.",
    gathering="mostrecent",
    theme=THEMES,
)
CANARY_LATENCY = gauge(
    "canary_latency_seconds",
    CANARY,
    "Seconds from published to delivered of the last synthetic item.",
    gathering="mostrecent",
    theme=THEMES,
)

CATALOGUE: tuple[Declared[Any], ...] = tuple(made for made in list(globals().values()) if isinstance(made, Declared))
