"""The links in deliveries, and the callbacks of hubs: their base address and the key that signs, by the settings."""

from collections.abc import Callable
from functools import cache, partial

from deploy.settings.model import Settings, SettingsError
from stream.delivering.feedback import Links, links_by_alert
from stream.records import Outbound
from stream.secrets import SecretMissing, kept_secret

__all__ = ["callbacks", "key_of", "links_of", "public_url"]

NOWHERE = ("0.0.0.0", "::", "*", "")  # addresses to listen on that nobody can connect to


def public_url(settings: Settings) -> str:
    """Where people reach the web role, without a slash at the end; empty if that is unknown."""
    host, _, port = settings.web.listen.rpartition(":")
    if settings.web.url:
        return settings.web.url.rstrip("/")
    return f"http://{settings.web.listen}" if host.strip("[]") not in NOWHERE and int(port) else ""


def key_of(settings: Settings) -> bytes:
    """The key that signs all links; raises `SecretMissing` if it is neither given nor can be made."""
    given = settings.web.links_secret.get_secret_value()
    return (given or kept_secret(settings.data.dir / "links.key")).encode()


def callbacks(settings: Settings) -> tuple[str, Callable[[], bytes]]:
    """The base address at which hubs call back, and the key that signs their addresses; raises `SettingsError`."""
    if not settings.web.url:
        raise SettingsError("setting web.websub: hubs have to know where to push to, so set web.url as well")
    return public_url(settings), cache(partial(key_of, settings))


def links_of(settings: Settings) -> Callable[[Outbound], Links]:
    """Returns what makes the links of a message; it makes none where they would lead nowhere."""
    base = public_url(settings)
    if not base:
        return lambda _: {}
    try:
        return partial(links_by_alert, base, key_of(settings))
    except SecretMissing as error:
        raise SettingsError(f"{error}, or set web.links_secret") from error
