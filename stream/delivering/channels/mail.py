"""The mail channel: one MIME message a delivery (`mime`), handed in to the operator's own mail server (`smtp`)."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from stream.delivering.channels.channel import Channel, ChannelContext, ChannelOption, ChannelSettings
from stream.delivering.channels.mime import addresses, mime_message
from stream.delivering.channels.smtp import MailServer, Smtp
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.net.trust import trusting
from stream.records import Destination

__all__ = ["CHANNEL", "MailSender", "MailSettings", "port_of"]

NO_SERVER = "no mail server is set: the settings mail.host and mail.sender name it"
MOST_ADDRESSES = 20
PORTS = {"starttls": 587, "tls": 465, "none": 25}

ABOUT = """## Mail

    export THEMEWIRE_MAIL__HOST=mail.example.org THEMEWIRE_MAIL__SENDER=themewire@example.org
    export THEMEWIRE_MAIL__USER=themewire THEMEWIRE_MAIL__PASSWORD_FILE=/run/secrets/mail
    themewire subscriptions add me --theme standards --mail me@example.org

One message per delivery, as plain text and HTML, submitted to your own mail server. `mail.tls` is `starttls` (port
587) or `tls` (port 465). The certificate is always verified, with `mail.ca_file` for an authority of your own; `none`
is only allowed for a server on loopback. If the server does not offer STARTTLS, nothing is sent.

- `Message-ID` is derived from the delivery id, and all attempts have the same bytes, so most mailboxes show a
  repetition once.
- Updates and retractions refer to the same (virtual) message as the alert did, so they form one thread; a retraction
  says so in its subject. So do related alerts, marked *Related*, with `--related thread`. `List-Id` is
  `NAME.themewire.DOMAIN`, for mail filters.
- 2xx for the message means accepted. 550, 551 or 553 for the recipient ends the subscription, unless the server says
  that the problem is ours (5.7.x: a block list, relaying denied). Everything else is retried.
- Several addresses, separated by commas, get one message: either all of them receive it or none, so that a repetition
  reaches nobody twice. One rejected address then blocks the others, so give people subscriptions of their own.
"""


class MailSettings(ChannelSettings):
    """The mail server that subscriptions with a mail address use."""

    host: str = Field(default="", description="Host name of the mail server; if empty, no mail is sent.")
    port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port of the mail server; 0 for the usual one: 587 for starttls, 465 for tls, 25 for none.",
    )
    tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls (implicit TLS), or none, which is only allowed for a server on loopback.",
    )
    user: str = Field(default="", description="User name, if the server requires authentication.")
    password: SecretStr = Field(default=SecretStr(""), description="Password of that user.")
    sender: str = Field(default="", description="Sender address of all mail.")
    ca_file: Path | None = Field(
        default=None, description="PEM file of additional certificate authorities to trust for the mail server."
    )

    @field_validator("tls")
    @classmethod
    def _in_the_clear(cls, tls: str, info: ValidationInfo) -> str:
        host = info.data.get("host", "")
        if tls == "none" and host not in ("localhost", "::1") and not re.fullmatch(r"127(\.\d{1,3}){3}", host):
            raise ValueError("mail without TLS is only allowed to a server on loopback")
        return tls

    @field_validator("sender")
    @classmethod
    def _one_address(cls, sender: str) -> str:
        if sender and len(addresses(sender)) != 1:
            raise ValueError("it must be a single address")
        return sender


def port_of(settings: MailSettings) -> int:
    """The port of the mail server: the one that is set, or the usual one."""
    return settings.port or PORTS[settings.tls]


class MailSender:
    """Writes the MIME message of a delivery, and hands it in."""

    def __init__(self, context: ChannelContext) -> None:
        settings: MailSettings = context.settings
        try:
            trust = trusting(settings.ca_file)
        except ValueError as error:
            raise ValueError(f"ca_file: {error}") from error
        server = MailServer(
            settings.host,
            port_of(settings),
            settings.tls,
            settings.sender,
            trust,
            settings.user,
            settings.password.get_secret_value(),
        )
        self._settings = settings
        self._links = context.links
        self._smtp = Smtp(server, context.deadline, context.report)

    def send(self, request: DeliveryRequest) -> DeliveryResponse:
        """One attempt."""
        if not self._settings.host or not self._settings.sender:
            return DeliveryResponse(False, 0, NO_SERVER)
        try:
            to, out = addresses(request.destination.address), request.outbound
        except ValueError as error:  # saved past all checks
            return DeliveryResponse(False, 0, str(error))
        return self._smtp.send(to, mime_message(out, self._settings.sender, to, self._links(out)).as_bytes())

    def close(self) -> None:
        """Keeps no connections."""


def _check(destination: Destination) -> None:
    if destination.address.count(",") >= MOST_ADDRESSES:
        raise ValueError(
            f"one message goes to at most {MOST_ADDRESSES} addresses: use a mailing list, or subscriptions"
        )
    addresses(destination.address)


def _warnings(_: Destination, context: ChannelContext) -> Iterable[str]:
    if not context.settings.host or not context.settings.sender:
        yield NO_SERVER


CHANNEL = Channel(
    kind="mail",
    address=ChannelOption("ADDRESS", "Whom they are mailed to; several with commas."),
    settings=MailSettings,
    make=MailSender,
    receiver=lambda _: "mail",
    check=_check,
    warnings=_warnings,
    about=ABOUT,
)
