"""What a topic is made with, and what it means where one that is there already is different; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stream.kafka.clients import MAX_MESSAGE, Compression
from stream.log.topics import Topic
from stream.units import DAY

__all__ = ["Difference", "Found", "TopicDefaults", "config_of", "differences"]

FOR_EVER = -1


@dataclass(frozen=True, slots=True)
class TopicDefaults:
    """What all topics are made with; None and -1 leave it to the brokers."""

    replication_factor: int = -1
    min_insync_replicas: int | None = None
    compression: Compression = "none"
    max_message_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as it is on the cluster."""

    id: str
    partitions: int
    replicas: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a topic is not as it should be; `sentence` says what follows from it, and what to do.

    `safe` is what may be set without a record being lost. With `fatal` no role may work.
    """

    topic: str
    what: str
    has: str
    wanted: str
    sentence: str
    safe: bool = False
    fatal: bool = False


def config_of(topic: Topic, defaults: TopicDefaults) -> dict[str, str]:
    """The topic's configuration, as the brokers have it."""
    config = {"cleanup.policy": topic.policy, "message.timestamp.type": "LogAppendTime"}
    if topic.policy == "compact":
        config |= {"min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
    else:
        config["retention.ms"] = str(FOR_EVER if topic.retention is None else topic.retention)
    if defaults.min_insync_replicas is not None:
        config["min.insync.replicas"] = str(defaults.min_insync_replicas)
    if defaults.compression != "none":
        config["compression.type"] = defaults.compression
    if defaults.max_message_bytes is not None:
        config["max.message.bytes"] = str(defaults.max_message_bytes)
    return config


def differences(full: str, topic: Topic, found: Found, defaults: TopicDefaults) -> Iterator[Difference]:
    """In what the topic called `full` differs; what is better than asked for is no difference."""
    wanted = config_of(topic, defaults)
    if found.partitions != topic.partitions:
        yield _partitions(full, topic, found)
    for what, check in (
        ("cleanup.policy", _policy),
        ("retention.ms", _retention),
        ("message.timestamp.type", _timestamps),
        ("max.message.bytes", _largest),
        ("min.insync.replicas", _in_sync),
        ("compression.type", _compression),
    ):
        has = found.config.get(what)
        if has is not None and (difference := check(full, has, wanted.get(what), found)) is not None:
            yield difference


def _partitions(full: str, topic: Topic, found: Found) -> Difference:
    """Keys have their partition by the count, and tables lie beside it, so none can be added later."""
    has, wanted = str(found.partitions), str(topic.partitions)
    if topic.fixed:
        remedy = (
            f"its order over all records is relied on, so it always has {wanted}: copy what you need of it, delete it, "
            "and `themewire topics apply --anew` makes it again"
        )
    else:
        remedy = (
            f"set stream.partitions to {has} if all topics have so many, since the number is fixed when a topic is "
            "made; else delete it, and `themewire topics apply --anew` makes it again"
        )
    sentence = f"topic {full} has {has} partitions and the settings ask for {wanted}: {remedy}"
    return Difference(full, "partitions", has, wanted, sentence, fatal=True)


def _policy(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    if has == wanted:
        return None
    if wanted == "compact":
        sentence = f"topic {full} has cleanup.policy={has} and would lose rows that nobody has deleted"
        safe = True  # the latest record of each key is all that is ever read of it
    else:
        sentence = f"topic {full} has cleanup.policy={has} and would lose records whose key comes again"
        safe = "delete" in has.split(",")  # else records would begin to go by age, which nobody may expect
    remedy = "`themewire topics apply` sets it" if safe else f"alter it on the broker to {wanted} yourself"
    return Difference(full, "cleanup.policy", has, str(wanted), f"{sentence}: {remedy}", safe, fatal=True)


def _retention(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    if wanted is None or int(has) == FOR_EVER or (int(wanted) != FOR_EVER and int(has) >= int(wanted)):
        return None
    sentence = (
        f"topic {full} keeps records for {_days(has)} and themewire counts on {_days(wanted)}: what is older is "
        "missing from replays and a new index; `themewire topics apply` sets it"
    )
    return Difference(full, "retention.ms", has, wanted, sentence, safe=True)


def _days(ms: str) -> str:
    days = int(ms) / DAY
    return "ever" if days < 0 else f"{days:g} {'day' if days == 1 else 'days'}"


def _timestamps(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    if has == wanted:
        return None
    sentence = (
        f"topic {full} has message.timestamp.type={has}: how long records have been waiting is told by the clocks of "
        "those who write them; `themewire topics apply` sets it"
    )
    return Difference(full, "message.timestamp.type", has, str(wanted), sentence, safe=True)


def _largest(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    least = int(wanted or MAX_MESSAGE)
    if int(has) >= least:
        return None
    sentence = (
        f"topic {full} takes records of up to {int(has):,} bytes and themewire may write some of {least:,}, which go "
        "to the dead-letter topic; `themewire topics apply` sets max.message.bytes"
    )
    return Difference(full, "max.message.bytes", has, str(least), sentence, safe=True)


def _in_sync(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    if int(wanted or has) > found.replicas:
        sentence = (
            f"topic {full} has {found.replicas} replicas and min.insync.replicas={wanted or has}: nothing can be "
            "written to it; add replicas with kafka-reassign-partitions.sh, or lower kafka.min_insync_replicas"
        )
        return Difference(full, "min.insync.replicas", has, wanted or str(found.replicas), sentence)
    if wanted is None or has == wanted:
        return None
    sentence = f"topic {full} has min.insync.replicas={has} instead of {wanted}: `themewire topics apply` sets it"
    return Difference(full, "min.insync.replicas", has, wanted, sentence, safe=True)


def _compression(full: str, has: str, wanted: str | None, found: Found) -> Difference | None:
    if wanted is None or has == wanted:
        return None
    sentence = f"topic {full} has compression.type={has} instead of {wanted}: `themewire topics apply` sets it"
    return Difference(full, "compression.type", has, wanted, sentence, safe=True)
