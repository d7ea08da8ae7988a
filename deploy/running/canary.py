"""Sending canaries as the settings say, and the only address to which requests for them may go."""

import errno
import logging
import secrets
import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Network, IPv6Network

import msgspec
from prometheus_client.registry import Collector

from collectors.poll_result import PollFailed, PollRequest
from deploy.settings.locations import clock
from deploy.settings.model import Settings, SettingsError
from seeds.canary import CanaryText, load_canary
from stream.delivering.request import DeliveryRequest, DeliveryResponse
from stream.engine.executor import Perform
from stream.engine.stage import Request
from stream.ids import hashed
from stream.log.port import Log
from stream.net.guard import Blocked, Network, parse_url
from stream.ops.canary.figures import CanaryFigures
from stream.ops.canary.sender import Sender
from stream.ops.canary.site import site
from stream.web import WebServer, bind

__all__ = ["EVERYWHERE", "fetch_own", "is_own", "post_own", "start_canary"]

log = logging.getLogger(__name__)
EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))  # for who asks `is_own` before
REFUSED = "refused a canary: canaries are fetched from and delivered to canary.listen only, and this is another address"


def is_own(settings: Settings, url: str) -> bool:
    """Whether this address is at exactly the host and port of `canary.listen`."""
    try:
        target = parse_url(url)
    except Blocked:
        return False
    host, port = settings.canary.host_port
    return target.scheme == "http" and target.address == (host, port) and port > 0


def fetch_own(settings: Settings, perform: Perform) -> Perform:
    """Polls the canaries' feed, and nothing else."""

    def fetch(request: Request) -> bytes:
        if is_own(settings, msgspec.msgpack.decode(request.body, type=PollRequest).url):
            return perform(request)
        log.warning(REFUSED)
        return msgspec.msgpack.encode(PollFailed("blocked", REFUSED, 0.0, 0.0))

    return fetch


def post_own(settings: Settings, perform: Perform) -> Perform:
    """Delivers to the canaries' webhook, and nowhere else."""

    def post(request: Request) -> bytes:
        if is_own(settings, msgspec.json.decode(request.body, type=DeliveryRequest).destination.address):
            return perform(request)
        log.warning(REFUSED)
        return msgspec.json.encode(DeliveryResponse(False, 0, REFUSED))

    return post


def start_canary(
    stack: ExitStack, settings: Settings, stream: Log, themes: Sequence[str], together: bool
) -> tuple[Settings, Sequence[Collector]]:
    """Sends canaries until the stack ends, where the settings have it so.

    Returns the settings with the address at which they are served, and the metrics. `together`: all roles are in this
    process, so that no port needs to be agreed on beforehand.
    """
    texts = _texts(settings, themes)
    if not (settings.canary.interval and settings.web.listen and texts):
        return settings, ()
    if not (together or settings.canary.host_port[1]):
        log.info("no canaries are sent: between separate processes, canary.listen must name a port")
        return settings, ()
    bound = _bound(settings)
    if bound is None:
        return settings, ()

    host = settings.canary.listen.rpartition(":")[0]
    settings = settings.model_copy(
        update={"canary": settings.canary.model_copy(update={"listen": f"{host}:{bound.getsockname()[1]}"})}
    )
    path, figures = secrets.token_urlsafe(16), CanaryFigures(tuple(texts), clock())
    base = f"http://{settings.canary.listen}/{path}"
    sender = Sender(stream, figures, texts, _name(settings), base, settings.canary.interval, clock)
    stack.callback(WebServer(site(sender, path), bound).close)
    sender.start()
    stack.callback(sender.close)
    return settings, (figures.registry,)


def _texts(settings: Settings, themes: Sequence[str]) -> Mapping[str, Sequence[CanaryText]]:
    """What there is to say for the themes of this service; a theme of the user's own needs words of their own."""

    own = settings.data.dir / "canary.toml"
    try:
        texts = load_canary(own if own.exists() else None)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if silent := [theme for theme in themes if theme not in texts]:
        log.info(
            "no canaries are sent for %s: add texts for them to canary.toml in data.dir",
            ", ".join(silent),
        )
    return {theme: texts[theme] for theme in themes if theme in texts}


def _bound(settings: Settings) -> socket.socket | None:
    """The socket; None where the address is another machine's, whose process then sends the canaries of all."""

    try:
        return bind(settings.canary.listen)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            log.info("no canaries are sent from here: %s is not an address of this machine", settings.canary.listen)
            return None
        raise SettingsError(
            f"cannot listen on {settings.canary.listen} ({error}): set canary.listen to a free HOST:PORT"
        ) from error


def _name(settings: Settings) -> str:
    """The same at each start, so that nothing is left behind, and another one for another process on the stream."""
    return f"canary-{hashed(socket.gethostname(), str(settings.data.dir), settings.web.listen)[:8]}"
