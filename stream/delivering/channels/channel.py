"""What a channel is: all that themewire knows of one kind of receiver, described in the channel's own file.

A file of this folder makes a `Channel`, and `stream.delivering.channels.registry` names it; the options of
`subscriptions add`, the API, the settings, the docs and the deliver stage follow from that. docs/extending.md writes
one.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from stream.delivering.feedback import Links
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.rate_limits import AT_ONCE, Rate
from stream.net.guard import Network
from stream.records import Destination, Outbound
from stream.secrets import SecretMissing, check_reference, is_reference, secret_text

__all__ = ["Channel", "ChannelContext", "ChannelOption", "ChannelSettings", "Sender", "no_links"]


class Sender(Protocol):
    """Makes the attempts of one channel, for many threads at once."""

    def send(self, request: DeliveryRequest) -> DeliveryResponse:
        """One attempt. Whatever the network does is a response; what is raised is a defect."""
        ...

    def close(self) -> None:
        """Gives back what it holds."""
        ...


class ChannelSettings(BaseModel):
    """The base of a channel's section in the settings, which is named after its kind; each field has a description."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def no_links(_: Outbound) -> Links:
    """The links of a message that has none."""
    return {}


def _no_report(_: str) -> None:
    """To nobody."""


@dataclass(frozen=True)
class ChannelContext:
    """What a sender is made with: its settings, the time (ms), and what all channels share.

    An attempt ends within `deadline` seconds. `allowed` are private networks that may be connected to, `trust` says
    whose certificates are taken (those of this machine's authorities, where it is None). `links` gives a message's
    feedback links, and `report` is told each step of an attempt, in one line, for `subscriptions test`.
    """

    clock: Callable[[], int]
    settings: Any = None  # an instance of the channel's own `settings`
    deadline: float = 20.0
    allowed: Sequence[Network] = ()
    trust: SSLContext | None = None
    links: Callable[[Outbound], Links] = no_links
    report: Callable[[str], None] = _no_report
    secrets: Path | None = None  # the folder of those that are named without a path

    def secret(self, reference: str) -> str:
        """What is behind the reference; raises `SecretMissing`."""
        return secret_text(reference, os.environ, self.secrets)


@dataclass(frozen=True)
class ChannelOption:
    """A text that a destination of this kind has: its address, or an option by its name.

    `secret`: it is one, so it is given by reference only; with a comma between there may be several. `referable`: it
    may hold one, and then it is given by reference as a whole.
    """

    metavar: str
    help: str
    secret: bool = False
    referable: bool = False


def _nothing(_: Destination) -> None:
    """Any address will do."""


def _no_warnings(_: Destination, __: ChannelContext) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Channel:
    """A kind of receiver; `kind` names it in records, settings and metrics, and `--KIND` on the command line.

    `make` may raise ValueError, `NAME: sentence`, for a setting of its section that is of no use. `check` raises
    ValueError, one sentence, for a destination that can never be delivered to; `warnings` yields sentences about one
    that could not be delivered to as things are. `receiver` names who has to answer for an address: deliveries to one
    receiver share its part of `deliver.concurrency`, and keep its `rate`, so that a burst runs into no limit that
    it documents. `about` is its section of docs/channels.md.
    """

    kind: str
    address: ChannelOption
    make: Callable[[ChannelContext], Sender]
    receiver: Callable[[str], str]
    about: str
    options: Mapping[str, ChannelOption] = field(default_factory=dict)
    settings: type[ChannelSettings] | None = None
    check: Callable[[Destination], None] = _nothing
    rate: Rate = AT_ONCE
    warnings: Callable[[Destination, ChannelContext], Iterable[str]] = _no_warnings

    def check_destination(self, destination: Destination, remote: bool = False) -> None:
        """Raises ValueError, one sentence, which repeats nothing that may be a secret.

        `remote`: it is asked for from afar, so that its references are names only.
        """
        if not destination.address:
            raise ValueError(f"the channel {self.kind} needs an address: {self.address.help}")
        if unknown := [name for name in destination.options if name not in self.options]:
            known = f"it has {', '.join(self.options)}" if self.options else "it has none"
            raise ValueError(f"the channel {self.kind} has no option {unknown[0]!r}: {known}")
        for name, option, text in self._given(destination):
            for reference in self._references(option, text):
                try:
                    check_reference(reference, remote)
                except ValueError as error:
                    raise ValueError(f"{name} is refused: {error}") from error
        self.check(destination)

    def warnings_of(self, destination: Destination, context: ChannelContext) -> Iterator[str]:
        """A sentence for each thing that would keep deliveries away as things are."""
        for _, option, text in self._given(destination):
            for reference in self._references(option, text):
                try:
                    context.secret(reference)
                except SecretMissing as error:
                    yield str(error)
        yield from self.warnings(destination, context)

    def _references(self, option: ChannelOption, text: str) -> Sequence[str]:
        if option.secret:
            return text.split(",")
        return (text,) if option.referable and is_reference(text) else ()

    def _given(self, destination: Destination) -> Iterator[tuple[str, ChannelOption, str]]:
        yield f"the address of {self.kind}", self.address, destination.address
        yield from ((f"the option {name}", self.options[name], text) for name, text in destination.options.items())
