"""The channels of deliveries, by the settings."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from ssl import SSLContext

from deploy.running.feedback_links import links_of
from deploy.settings.locations import clock
from deploy.settings.model import Settings, SettingsError
from stream.delivering.channels.channel import ChannelContext, Sender
from stream.delivering.channels.registry import channel_of
from stream.net.trust import trusting

__all__ = ["channel_context", "make_sender"]


def make_sender(kind: str, settings: Settings, report: Callable[[str], None] = lambda _: None) -> Sender:
    """The sender of this kind of channel; `report` is told the steps of each attempt. Raises `SettingsError`."""
    trust = _trusting("deliver", settings.deliver.ca_file)
    context = replace(channel_context(kind, settings), trust=trust, links=links_of(settings), report=report)
    try:
        return channel_of(kind).make(context)
    except ValueError as error:
        raise SettingsError(f"setting {kind}.{error}") from error


def channel_context(kind: str, settings: Settings) -> ChannelContext:
    """What a channel of this kind goes by, without links: enough to say whether it could deliver."""
    return ChannelContext(
        clock,
        settings.channel(kind),
        settings.deliver.deadline,
        settings.fetch.allow_networks,
        secrets=settings.secrets_dir,
    )


def _trusting(section: str, ca_file: Path | None) -> SSLContext:
    try:
        return trusting(ca_file)
    except ValueError as error:
        raise SettingsError(f"setting {section}.ca_file: {error}") from error
