"""The channels of deliveries, by the settings."""

from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext

from deploy.running.feedback_links import links_of
from deploy.settings.locations import clock
from deploy.settings.model import Settings, SettingsError
from stream.delivering.channels.apprise import Apprise
from stream.delivering.channels.mail import Mail, MailServer
from stream.delivering.channels.registry import Channel
from stream.delivering.channels.webhook import Webhook
from stream.net.trust import trusting

__all__ = ["make_channel"]


def make_channel(kind: str, settings: Settings, tell: Callable[[str], None] = lambda _: None) -> Channel:
    """The channel of this kind, one of `CHANNELS`; `tell` hears of its steps."""
    deadline, mail, links = settings.deliver.deadline, settings.mail, links_of(settings)
    if kind == "webhook":
        trust = _trusting("deliver", settings.deliver.ca_file)
        return Webhook(settings.fetch.allow_networks, deadline, clock, links, trust)
    if kind == "apprise":
        return Apprise(deadline, links, tell)
    trust, password = _trusting("mail", mail.ca_file), mail.password.get_secret_value()
    return Mail(MailServer(*mail.host_port, mail.tls, mail.sender, trust, mail.user, password), deadline, links, tell)


def _trusting(section: str, ca_file: Path | None) -> SSLContext:
    try:
        return trusting(ca_file)
    except ValueError as error:
        raise SettingsError(f"setting {section}.ca_file: {error}") from error
