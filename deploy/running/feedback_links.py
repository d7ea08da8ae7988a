"""Where the links in deliveries lead, and what they are signed with: by the settings."""

from collections.abc import Callable
from functools import partial

from deploy.settings.model import Settings, SettingsError
from stream.delivering.feedback import Links, links_by_alert
from stream.records import Outbound
from stream.secrets import SecretMissing, kept_secret

__all__ = ["key_of", "links_of", "public_url"]

NOWHERE = ("0.0.0.0", "::", "*", "")  # what one listens on, and nobody can go to


def public_url(settings: Settings) -> str:
    """Where people reach the web role, with no slash at its end; empty where that is not known."""
    host, _, port = settings.web.listen.rpartition(":")
    if settings.web.url:
        return settings.web.url.rstrip("/")
    return f"http://{settings.web.listen}" if host.strip("[]") not in NOWHERE and int(port) else ""


def key_of(settings: Settings) -> bytes:
    """The key of all links; raises `SecretMissing` where it is not given, and cannot be made."""
    given = settings.web.links_secret.get_secret_value()
    return (given or kept_secret(settings.data.dir / "links.key")).encode()


def links_of(settings: Settings) -> Callable[[Outbound], Links]:
    """What makes the links of a message; none where they would lead nowhere."""
    base = public_url(settings)
    if not base:
        return lambda _: {}
    try:
        return partial(links_by_alert, base, key_of(settings))
    except SecretMissing as error:
        raise SettingsError(f"{error}, or set web.links_secret") from error
