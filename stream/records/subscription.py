"""A subscription: each of its fields stands here once, with its option of the command line and its description.

The body of the API, its schema and the command line's options are made from these annotations
(`stream.subscriptions.fields`).
"""

from typing import Annotated, Literal

import msgspec

from stream.records.message import Message

__all__ = ["Address", "ContractItem", "Destination", "Subscription"]

OnRelated = Literal["separate", "thread", "fold"]


def _option(flag: str, metavar: str, description: str) -> msgspec.Meta:
    """How the command line names a field; `--no-` begins the flag of one that is true by default."""
    return msgspec.Meta(description=description, extra={"flag": flag, "metavar": metavar})


class ContractItem(msgspec.Struct, frozen=True):
    """A text on which a subscription must, or must not, be alerted."""

    title: str
    alerts: bool
    summary: str = ""
    lang: str = ""


class Destination(msgspec.Struct, frozen=True):
    """Where deliveries go: the kind of a channel, an address that this kind understands, and its own options.

    `stream/delivering/channels` has a file for each kind. Secrets are references (`env:NAME` or `file:PATH`), never
    themselves.
    """

    kind: str
    address: str
    options: dict[str, str] = {}


class Address(Message, frozen=True, kw_only=True):
    """How often the Atom address of a theme, a subscription or a search was revoked, and when last (ms)."""

    revoked: int
    at: int


class Subscription(Message, frozen=True, kw_only=True):
    """Who is alerted of what, when, and by which channel.

    It gets what is sure, unless `unsure` or a `threshold` asks for more. Filters that are empty let everything pass;
    `stream.matching.filters` says what each means. `ended` says why its receiver is sent nothing any more; a new
    revision by a person begins anew. Until `muted_until` (ms) nothing is sent at all.
    """

    id: str
    revision: int
    channel: Annotated[Destination, msgspec.Meta(description="Where alerts are delivered.")]
    themes: Annotated[tuple[str, ...], _option("--theme", "THEME", "A theme.")] = ()
    threshold: Annotated[
        float, _option("--threshold", "FLOAT", "All from this probability on, from 0 to 1, sure or not.")
    ] = 0.0
    unsure: Annotated[bool, _option("--unsure", "", "What the classifier is unsure of as well, marked as such.")] = (
        False
    )
    languages: Annotated[tuple[str, ...], _option("--lang", "CODE", "Only in this language, such as `en`.")] = ()
    sources: Annotated[tuple[str, ...], _option("--source", "NAME", "Only from this source: its name or host.")] = ()
    not_sources: Annotated[tuple[str, ...], _option("--not-source", "NAME", "Not if only this source has it.")] = ()
    words: Annotated[tuple[str, ...], _option("--word", "WORD", "Only with this word, or /REGEX/ (RE2).")] = ()
    not_words: Annotated[tuple[str, ...], _option("--not-word", "WORD", "Not with this word, or /REGEX/.")] = ()
    least_sources: Annotated[
        int, _option("--least-sources", "NUMBER", "Only once this many sources report it independently.")
    ] = 1
    updates: Annotated[bool, _option("--no-updates", "", "Only new alerts and retractions.")] = True
    related: Annotated[
        OnRelated,
        _option(
            "--related",
            "",
            "An alert that is likely, but not surely, about the same event as an earlier one is a message of its own "
            "(separate), one in the thread of the other (thread), or part of the next digest (fold).",
        ),
    ] = "thread"
    digest: Annotated[
        tuple[str, ...], _option("--digest", "HH:MM", "Collect alerts, and send them together at this time of day.")
    ] = ()
    quiet: Annotated[str, _option("--quiet", "HH:MM-HH:MM", "Quiet hours; held alerts are sent afterwards.")] = ""
    zone: Annotated[str, _option("--zone", "ZONE", "Time zone of digests and quiet hours, such as Europe/Lisbon.")] = (
        "UTC"
    )
    cap: Annotated[int, _option("--cap", "NUMBER", "Most messages an hour; the rest is sent later.")] = 0
    contract: Annotated[
        tuple[ContractItem, ...],
        msgspec.Meta(description="Items that must alert it, or must not, whatever model serves."),
    ] = ()
    events: Annotated[
        tuple[str, ...], _option("--event", "KIND", "Health events of this kind, for operators; `all` for every kind.")
    ] = ()
    fallback: Annotated[
        str, _option("--fallback", "NAME", "The subscription to notify when a delivery to this one is given up.")
    ] = ""
    muted_until: Annotated[int, msgspec.Meta(description="Nothing is sent until then (UTC milliseconds).")] = 0
    ended: str = ""
