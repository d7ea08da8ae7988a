"""Where things are by the settings (the stream, its topics, the index), and the clock."""

import time
from pathlib import Path

from deploy.settings.model import Settings
from stream.ids import hashed
from stream.log.port import Log, LogError
from stream.log.topics import all_topics
from stream.sqlite import SqliteLog
from stream.themes.saved import shipped_themes

__all__ = ["clock", "ensure_topics", "index_path", "open_log", "stream_exists"]


def clock() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def stream_exists(settings: Settings) -> bool:
    """Whether there is a stream already; opening the embedded one would create it."""
    scheme, _, address = settings.stream_url.partition("://")
    return scheme != "sqlite" or Path(address[1:]).exists()


def open_log(settings: Settings) -> Log:
    """The stream that `stream.url` names; a `LogError` says what is wrong with it."""
    url = settings.stream_url
    scheme, separator, address = url.partition("://")
    if scheme == "sqlite" and separator and address:
        path = Path(address[1:] if address.startswith("/") else address)
        return SqliteLog(path)
    if scheme == "kafka" and address:
        from stream.kafka import KafkaLog  # only then: its import takes a while

        return KafkaLog(address.split(","))
    raise LogError(f"stream.url {url!r} is not sqlite:///PATH or kafka://HOST:PORT,HOST:PORT")


def ensure_topics(settings: Settings, log: Log) -> None:
    """Creates the topics that are missing; that of a theme of one's own is made where the theme is added."""
    log.ensure(all_topics(shipped_themes(), settings.stream.partitions))


def index_path(settings: Settings) -> Path:
    """The path of the index, one for each stream: an index of another stream must not be used."""

    return settings.data.dir / f"index-{hashed(settings.stream_url)[:8]}.db"
