"""The settings of polling."""

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import Field

from deploy.settings.section import Section

__all__ = ["FetchSettings"]


class FetchSettings(Section):
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
