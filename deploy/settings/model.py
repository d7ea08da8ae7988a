"""All settings, by section: their types, bounds and defaults, the larger sections in files of their own.

`loading` says where their values come from.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr, create_model

from deploy.settings.classifying import ClassifySettings, FeedbackSettings, TrainSettings
from deploy.settings.fetching import FetchSettings
from deploy.settings.kafka import KafkaSettings
from deploy.settings.section import Section
from deploy.settings.serving import WebSettings
from stream.delivering.channels.registry import CHANNELS
from stream.errors import ThemewireError

__all__ = ["OtelSettings", "Settings", "SettingsError"]


class SettingsError(ThemewireError):
    """A setting is wrong; the sentence names it."""


def _data_dir() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "themewire"


def _cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "themewire"


class DataSettings(Section):
    """Where files are kept."""

    dir: Path = Field(
        default_factory=_data_dir,
        description="Folder for the embedded stream, the index and your own configuration files.",
    )
    cache: Path = Field(
        default_factory=_cache_dir, description="Folder for files that can be recreated, such as trained models."
    )


class StreamSettings(Section):
    """The stream."""

    url: str = Field(
        default="", description="sqlite:///PATH or kafka://HOST:PORT,HOST:PORT; if empty, stream.db in data.dir."
    )
    partitions: int = Field(
        default=12, ge=1, le=1000, description="Partitions per topic; fixed when the topics are created."
    )


class DeliverSettings(Section):
    """Delivering."""

    concurrency: int = Field(
        default=8, ge=1, le=200, description="Concurrent deliveries; at most a quarter of them to the same receiver."
    )
    deadline: float = Field(default=20, gt=0, description="Seconds allowed for one delivery attempt.")
    ca_file: Path | None = Field(
        default=None, description="PEM file of additional certificate authorities to trust for webhooks."
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Folder of the files that subscriptions name as `file:NAME`; if empty, secrets in data.dir. The "
        "API takes no other files.",
    )


class CanarySettings(Section):
    """Synthetic items, sent to see that items get through."""

    interval: float = Field(
        default=300, ge=0, description="Seconds between rounds of canaries, one for each theme; 0 to send none."
    )
    listen: str = Field(
        default="127.0.0.1:0",
        pattern=r"^.+:\d+$",
        description="HOST:PORT that serves the canary feed and receives its deliveries; port 0 for any free port. If "
        "roles run in several processes, it must be one that all of them can reach, and the same for all.",
    )

    @property
    def host_port(self) -> tuple[str, int]:
        """Host and port, as in the address of a target."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]").lower(), int(port)


class LogSettings(Section):
    """Logs, on standard error."""

    format: Literal["text", "json"] = Field(
        default="text", description="Log format: text for people, json for machines."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level that is logged."
    )


class OtelSettings(Section):
    """OpenTelemetry."""

    endpoint: str = Field(
        default="",
        pattern=r"^(|https?://[^\s?#@]+)$",
        description="OTLP/HTTP address of a collector of metrics and traces, such as http://127.0.0.1:4318; empty for "
        "none. Needs the extra themewire[otel].",
    )
    headers: SecretStr = Field(
        default=SecretStr(""), description="Headers for the collector, as NAME=VALUE, separated by commas."
    )
    interval: float = Field(default=60, ge=1, description="Seconds between exports of the metrics.")
    share: float = Field(default=1, ge=0, le=1, description="Share of the items whose way is traced.")


class Settings(Section):
    """Every setting, by section."""

    data: DataSettings = Field(default_factory=DataSettings)
    stream: StreamSettings = Field(default_factory=StreamSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    fetch: FetchSettings = Field(default_factory=FetchSettings)
    classify: ClassifySettings = Field(default_factory=ClassifySettings)
    feedback: FeedbackSettings = Field(default_factory=FeedbackSettings)
    train: TrainSettings = Field(default_factory=TrainSettings)
    deliver: DeliverSettings = Field(default_factory=DeliverSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    canary: CanarySettings = Field(default_factory=CanarySettings)
    log: LogSettings = Field(default_factory=LogSettings)
    otel: OtelSettings = Field(default_factory=OtelSettings)

    @property
    def stream_url(self) -> str:
        """The stream's address, with the default filled in."""
        return self.stream.url or f"sqlite:///{self.data.dir / 'stream.db'}"

    @property
    def secrets_dir(self) -> Path:
        """The folder of receivers' secrets, with the default filled in."""
        return self.deliver.secrets_dir or self.data.dir / "secrets"

    def channel(self, kind: str) -> Any:  # noqa: ANN401  (each channel's own)
        """The section of this kind of channel, None where it has no settings."""
        return getattr(self, kind, None)


if not TYPE_CHECKING:  # a section for each channel that has settings, declared in the channel's own file
    _CHANNELS = {
        each.kind: (each.settings, Field(default_factory=each.settings)) for each in CHANNELS.values() if each.settings
    }
    Settings = create_model("Settings", __base__=Settings, __module__=__name__, __doc__=Settings.__doc__, **_CHANNELS)
