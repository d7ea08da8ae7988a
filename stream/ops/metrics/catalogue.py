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
POLLS = counter("polls", COLLECT, "Polls, by outcome.", outcome=_label(*POLL_OUTCOMES))
POLL_DURATION = histogram("poll_duration_seconds", COLLECT, "Duration of polls in seconds.", SECONDS)
POLL_BYTES = counter("poll_received_bytes", COLLECT, "Bytes of response bodies read by polls.")
FEEDS = gauge("feeds", INDEX, "Feeds, by state.", on_scrape=True, state=_label(*FEED_STATES))
FEEDS_OVERDUE = gauge("feeds_overdue", INDEX, "Feeds whose next poll is more than 10 minutes late.", on_scrape=True)
ENTRIES = counter("entries", COLLECT, "Entries of polled documents, by fate.", fate=_label(*FATES["entries"]))
BASELINE_ITEMS = counter("baseline_items", COLLECT, "Items of first polls, which raise no alerts.")
ITEM_DATES = counter(
    "item_dates", COLLECT, "New items, by how trustworthy their date is.", quality=_label(*DATE_QUALITIES)
)
ARTICLES = counter("articles", COLLECT, "Fetches of linked articles, by outcome.", outcome=_label(*ARTICLE_OUTCOMES))
FEED_GAPS = counter(
    "feed_gaps", COLLECT, "Documents without a single known entry: items may have been missed since the previous poll."
)

# Classifying
ITEMS_CLASSIFIED = counter(
    "items_classified",
    TAG,
    "Classified items, by decision.",
    decision=_label("tagged", "none", "unsure", "not judged"),
)
ITEM_THEMES = counter("item_themes", TAG, "Items tagged with a theme; an item may have several.", theme=THEMES)
ITEM_PROBABILITY = histogram(
    "item_probability", TAG, "Probability of a theme that the model gave to each classified item.", SHARES, theme=THEMES
)
MODEL_INFO = gauge(
    "model_info", TAG, "The serving model; always 1.", on_scrape=True, model=Values(one="the model's id")
)
MODEL_PROMOTED = gauge(
    "model_promoted_timestamp_seconds", TAG, "When the serving model was promoted, in Unix time.", on_scrape=True
)
MODELS_REFUSED = counter("models_refused", MATCH, "Models that failed the promotion gate or could not be loaded.")
LABELS = counter(
    "labels",
    TAG,
    "Labels, by theme and whether the item belongs to it.",
    theme=THEMES,
    verdict=Values(("yes", "no")),
)
FEEDBACK = counter(
    "feedback",
    TAG,
    "Feedback by link, whether an alert was right or wrong, counted when it becomes a label.",
    theme=THEMES,
    verdict=Values(("right", "wrong")),
)
MODEL_DRIFT = gauge(
    "model_drift",
    TRAIN,
    "Drift of the serving model's input and output (population stability index; over 0.25 is a significant change).",
    gathering="mostrecent",
    feature=Values(("decisions", "languages", "features"), themes=True),
)

# Alerts and deliveries
ALERTS = counter("alerts", STORY, "Alerts, by theme and kind.", theme=THEMES, kind=_label("new", "update", "retracted"))
ALERT_SOURCES = histogram(
    "alert_independent_sources",
    STORY,
    "Independent sources of a story, observed at each new alert and update.",
    (1, 2, 3, 5, 10, 20),
    theme=THEMES,
)
ALERT_LATENCY = histogram(
    "alert_latency_seconds",
    STORY + DELIVER,
    "Latency of new alerts in seconds, by span of the pipeline.",
    LATENCY_SECONDS,
    span=Values(SPANS),
)
PROMPT_ALERTS = counter(
    "prompt_alerts", MATCH, "New alerts sent to a subscription at once, to which the 60 s objective applies."
)
SUBSCRIPTIONS = gauge(
    "subscriptions", MATCH, "Subscriptions, by state.", on_scrape=True, state=Values(("active", "muted", "ended"))
)
DELIVERIES = counter(
    "deliveries",
    DELIVER,
    "Delivery attempts, by channel and outcome.",
    channel=Values((*CHANNELS, NO_CHANNEL)),
    outcome=_label("delivered", "failed", "given up"),
)
DELIVERIES_PENDING = gauge("deliveries_pending", DELIVER, "Deliveries that are neither accepted nor given up yet.")
DELIVERY_OLDEST_PENDING = gauge(
    "delivery_oldest_pending_seconds",
    DELIVER,
    "Age of the oldest delivery that is neither accepted nor given up yet; 0 if there is none.",
    gathering="livemax",
)
HEALTH_EVENTS = counter(
    "health_events", MATCH, "Health events, by the kind that operators subscribe to.", kind=_label(*EVENT_KINDS)
)

# Streams
STAGE_UP = gauge(
    "stage_up",
    EACH + TRAIN,
    "Whether a stage is running (1) or not (0).",
    gathering="livemax",
    stage=Values((*STAGES, "train")),
)
STAGE_EVENTS = counter("stage_events", EACH, "Records, results and ticks that a stage has processed.", stage=STAGE)
STAGE_LAG_RECORDS = gauge("stage_lag_records", EACH, "Records waiting to be processed.", on_scrape=True, stage=STAGE)
STAGE_LAG_SECONDS = gauge(
    "stage_lag_seconds",
    EACH,
    "Age of the oldest record waiting to be processed; 0 if there is none.",
    on_scrape=True,
    stage=STAGE,
)
COMMITS = counter("commits", EACH, "Successful commits.", stage=STAGE)
COMMIT_DURATION = histogram(
    "commit_duration_seconds", EACH, "Duration of commits in seconds.", COMMIT_SECONDS, stage=STAGE
)
COMMITS_FENCED = counter(
    "commits_fenced", EACH, "Commits refused because a partition had moved to another process.", stage=STAGE
)
TRANSACTION_ABORTS = counter(
    "transaction_aborts",
    EACH,
    "Transactions that were started and then aborted, on Kafka and SQLite alike.",
    stage=STAGE,
)
REBALANCES = counter("rebalances", EACH, "Changes of the partitions that a stage owns.", stage=STAGE)
CLOCK_JUMPS = counter(
    "clock_jumps", EACH, "Jumps of the wall clock by a minute or more, as seen by a stage.", stage=STAGE
)
PARTITIONS_OWNED = gauge("partitions_owned", EACH, "Partitions that a stage owns and is processing.", stage=STAGE)
DEAD_RECORDS = counter(
    "dead_records", EACH, "Records that could not be processed and went to the dead-letter topic.", stage=STAGE
)
BALANCE_IN = counter("balance_in", DECIDING, "Everything that a stage had to decide on.", of=Values(tuple(FATES)))
BALANCE_OUT = counter(
    "balance_out",
    DECIDING,
    "What became of it, by fate; the sum equals what came in.",
    pairs=tuple((of, fate) for of, fates in FATES.items() for fate in fates),
    of=Values(tuple(FATES)),
    fate=Values(tuple(sorted({fate for fates in FATES.values() for fate in fates}))),
)
RETENTION_DELETED = counter(
    "retention_deleted_records",
    PROCESS,
    "Records deleted by this process because they expired or were superseded; embedded stream only.",
    on_scrape=True,
)

# Machine
STREAM_SIZE = gauge(
    "stream_size_bytes", PROCESS, "Size of the embedded stream's files; absent on Kafka.", on_scrape=True
)
DISK_FREE = gauge("disk_free_bytes", PROCESS, "Free space on the disk that holds the data folder.", on_scrape=True)
DISK_SIZE = gauge("disk_size_bytes", PROCESS, "Size of the disk that holds the data folder.", on_scrape=True)
BUILD_INFO = gauge(
    "build_info",
    PROCESS,
    "Versions of themewire and Python; always 1.",
    on_scrape=True,
    version=Values(one="the version of themewire"),
    python=Values(one="the version of Python"),
)

# Canary: there are none where no canary is sent
CANARY_PUBLISHED = counter("canary_published", CANARY, "Canaries published.", theme=THEMES)
CANARY_DELIVERED = counter("canary_delivered", CANARY, "Canaries whose alert was delivered.", theme=THEMES)
CANARY_LAST = gauge(
    "canary_last_delivered_timestamp_seconds",
    CANARY,
    "When the last canary was delivered, in Unix time; the start of the process until one has been.",
    gathering="mostrecent",
    theme=THEMES,
)
CANARY_LATENCY = gauge(
    "canary_latency_seconds",
    CANARY,
    "Seconds from publication to delivery of the last canary.",
    gathering="mostrecent",
    theme=THEMES,
)

CATALOGUE: tuple[Declared[Any], ...] = tuple(made for made in list(globals().values()) if isinstance(made, Declared))
