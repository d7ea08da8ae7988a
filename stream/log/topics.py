"""Every topic, declared once: its key, how long it is kept, and what it carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stream.units import DAY

__all__ = [
    "ADDRESSES",
    "ALERTS",
    "CANARY",
    "CANDIDATES",
    "DEAD",
    "DELIVERIES",
    "EVENTS",
    "FEEDBACK",
    "FEEDS",
    "HOSTS",
    "ITEMS",
    "LABELS",
    "MODELS",
    "MUTES",
    "OUTBOX",
    "POLLS",
    "STAGES",
    "SUBSCRIPTIONS",
    "TAGGED",
    "THEMES",
    "Topic",
    "alerts_of",
    "alerts_topic",
    "all_topics",
    "canary_topic",
    "partition_of",
    "retry_topic",
]

FEEDBACK = "feedback"
FEEDS = "feeds"
HOSTS = "hosts"
ITEMS = "items"
POLLS = "polls"
TAGGED = "tagged"
CANDIDATES = "candidates"
LABELS = "labels"
MODELS = "models"
MUTES = "mutes"
SUBSCRIPTIONS = "subscriptions"
ADDRESSES = "addresses"
THEMES = "themes"
OUTBOX = "outbox"
DELIVERIES = "deliveries"
EVENTS = "events"
DEAD = "dead"
ALERTS = "alerts."  # and a theme
CANARY = "canary."
STAGES = ("collect", "tag", "story", "match", "deliver", "index")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's name and policy; `retention` in ms, None is for ever.

    With `fixed` it has so many partitions whatever `stream.partitions` says.
    """

    name: str
    partitions: int
    policy: Literal["delete", "compact"]
    retention: int | None
    key: str
    about: str
    fixed: bool = False


def alerts_topic(theme: str) -> str:
    """The public topic of a theme."""
    return ALERTS + theme


def alerts_of(theme: str) -> Topic:
    """The public topic of a theme, with its policy: whoever adds a theme makes it first."""
    about = f"Public contract: the alerts of the theme {theme}."
    return Topic(alerts_topic(theme), 1, "delete", 365 * DAY, "story id", about)


def retry_topic(stage: str) -> str:
    """The input by which `dead requeue` gives records back to one stage only."""
    return f"retry.{stage}"


def canary_topic(topic: str) -> str:
    """The internal twin of a topic, on which canaries go; empty where they need none."""
    name = "alerts" if topic.startswith(ALERTS) else topic
    return CANARY + name if name in (FEEDS, ITEMS, CANDIDATES, "alerts", SUBSCRIPTIONS, OUTBOX) else ""


def all_topics(themes: Sequence[str], partitions: int) -> tuple[Topic, ...]:
    """All topics for these themes; topics that are read together have the same number of partitions."""

    def kept(name: str, days: int, key: str, about: str, n: int = 0) -> Topic:
        return Topic(name, n or partitions, "delete", days * DAY, key, about, fixed=n > 0)

    def compact(name: str, key: str, about: str, n: int = 0) -> Topic:
        return Topic(name, n or partitions, "compact", None, key, about, fixed=n > 0)

    return (
        compact(FEEDS, "feed id", "The feeds to poll: URL, title, interval, whether paused. Written by people only."),
        compact(HOSTS, "host", "Rate-limited hosts (429 or 503), and until when not to poll them.", n=1),
        kept(
            ITEMS,
            30,
            "item id",
            "One record per feed, entry and revision; written a second time if it only shares another item's link.",
        ),
        kept(POLLS, 30, "feed id", "The result of each poll, with its balance of entries."),
        kept(
            TAGGED, 90, "item id", "The item with its probability per theme, the decision, the model and the reasons."
        ),
        kept(
            CANDIDATES,
            30,
            "theme",
            "One record per item and theme, if the item is tagged with the theme now or was before.",
        ),
        *map(alerts_of, themes),
        Topic(
            LABELS,
            partitions,
            "delete",
            None,
            "item id",
            "One label by one person on one item; append-only, undoing is a record too.",
        ),
        compact(MODELS, "model id", "The model registry: model bytes, hashes and status.", n=1),
        compact(THEMES, "theme", "Themes of this service's own, each with the head that judges by it.", n=1),
        compact(SUBSCRIPTIONS, "subscription id", "Subscriptions: themes, filters, channel and schedule.", n=1),
        compact(
            ADDRESSES,
            "kind and name",
            "How often the Atom address of a theme, subscription or search was revoked.",
            n=1,
        ),
        compact(MUTES, "alert id", "Alerts of which nobody is sent more, but that they are retracted.", n=1),
        kept(OUTBOX, 90, "subscription id", "What the match stage decided to send, and why."),
        kept(DELIVERIES, 90, "subscription id", "Each delivery attempt and its response."),
        # One partition: operators read it in one order, and match reads it together with the alerts.
        kept(EVENTS, 30, "subject", "Health events that operators can subscribe to.", n=1),
        kept(
            FEEDBACK,
            30,
            "subscription id",
            "What a subscription says of an alert that it was sent; written by the tag stage for match.",
            n=1,
        ),
        kept(
            DEAD,
            90,
            "origin",
            "Dead-letter topic: records that could not be processed, with the error and the original bytes.",
        ),
        *(
            kept(
                retry_topic(s),
                7,
                "as the original",
                f"Dead records requeued to the stage {s} only.",
                1 if s == "match" else 0,
            )
            for s in STAGES
            if s != "index"
        ),
        compact(canary_topic(FEEDS), "feed id", "Canaries: the feed to poll, immediately on each record."),
        kept(canary_topic(ITEMS), 1, "item id", "Canaries: items."),
        kept(canary_topic(CANDIDATES), 1, "theme", "Canaries: candidates."),
        kept(canary_topic(ALERTS), 1, "story id", "Canaries: alerts of all themes.", n=1),
        compact(canary_topic(SUBSCRIPTIONS), "subscription id", "Canaries: the subscription that receives them.", n=1),
        kept(canary_topic(OUTBOX), 1, "subscription id", "Canaries: deliveries to make."),
    )


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: murmur2 of its UTF-8 bytes, as Kafka's own default partitioner has it."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash2 of 32 bits with the seed that Kafka uses; the tests hold it against kafka-python's."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)
