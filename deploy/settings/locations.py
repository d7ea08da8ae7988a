"""Where things are by the settings (the stream, its topics, the index), and the clock."""

import time
from collections.abc import Sequence
from pathlib import Path

from classifiers.labels.current import Belief
from deploy.settings.kafka import kafka_log
from deploy.settings.model import Settings
from stream.ids import hashed
from stream.log.port import Log, LogError
from stream.log.topics import Topic, all_topics
from stream.sqlite import SqliteLog
from stream.themes.saved import shipped_themes

__all__ = [
    "belief",
    "clock",
    "ensure_topics",
    "index_path",
    "open_log",
    "stream_exists",
    "stream_file",
    "wanted_topics",
]


def clock() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def stream_file(settings: Settings) -> Path | None:
    """The file of the embedded stream, None where the stream is elsewhere."""
    scheme, separator, address = settings.stream_url.partition("://")
    if scheme != "sqlite" or not separator or not address:
        return None
    return Path(address[1:] if address.startswith("/") else address)


def stream_exists(settings: Settings) -> bool:
    """Whether there is a stream already; opening the embedded one would create it."""
    path = stream_file(settings)
    return path is None or path.exists()


def open_log(settings: Settings) -> Log:
    """The stream that `stream.url` names; a `LogError` says what is wrong with it."""
    url = settings.stream_url
    if path := stream_file(settings):
        return SqliteLog(path)
    scheme, _, address = url.partition("://")
    if scheme == "kafka" and address:
        log = kafka_log(address.split(","), settings.kafka)
        log.traced = bool(settings.otel.endpoint)
        return log
    raise LogError(f"stream.url {url!r} is not sqlite:///PATH or kafka://HOST:PORT,HOST:PORT")


def wanted_topics(settings: Settings, themes: Sequence[str] = ()) -> tuple[Topic, ...]:
    """Every topic that the stream of these settings has, with those of these themes of one's own."""
    partitions = settings.stream.partitions
    shared = all_topics((*shipped_themes(), *themes), partitions)
    if not settings.stream_url.startswith("kafka:"):
        return shared
    from stream.kafka.own_topics import own_topics  # as above

    return (*shared, *own_topics(partitions))


def ensure_topics(settings: Settings, log: Log) -> Sequence[str]:
    """Creates the topics that are missing; that of a theme of one's own is made where the theme is added.

    Returns what is to be said of the others.
    """
    return log.ensure(wanted_topics(settings))


def index_path(settings: Settings) -> Path:
    """The path of the index, one for each stream: an index of another stream must not be used."""
    prefix = (settings.kafka.prefix,) if settings.kafka.prefix else ()
    return settings.data.dir / f"index-{hashed(settings.stream_url, *prefix)[:8]}.db"


def belief(settings: Settings) -> Belief:
    """Whose word counts for everyone."""
    return Belief(settings.feedback.labellers, settings.feedback.subscribers)
