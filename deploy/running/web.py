"""The web server of a process: metrics, health, the API and the links in deliveries."""

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from starlette.requests import HTTPConnection

from classifiers.promoted import promoted
from deploy.running.feed_address import feed_at
from deploy.running.feedback_links import key_of, public_url
from deploy.running.page import workbench
from deploy.settings.locations import belief, clock, index_path
from deploy.settings.model import Settings, SettingsError
from stream.index.reading import OpenIndex
from stream.log.port import Log
from stream.web import Served, WebServer, application, bind
from stream.web.access import Access, Proxies, Role, is_loopback
from stream.web.alerts_api import AlertsApi
from stream.web.archive_api import ArchiveApi
from stream.web.atom_api import AtomApi
from stream.web.feedback import FeedbackPages
from stream.web.feeds_api import FeedsApi
from stream.web.hub_callbacks import HubCallbacks
from stream.web.labels_api import LabelsApi
from stream.web.limits import peer
from stream.web.models_api import ModelsApi
from stream.web.page import PageSite
from stream.web.routing import routes
from stream.web.sessions import Sessions
from stream.web.subscriptions_api import SubscriptionsApi
from stream.web.system_api import SystemApi
from stream.web.themes_api import ThemesApi

__all__ = ["access_of", "api_of", "serve_web"]


def api_of(
    settings: Settings,
    stream: Log,
    stopped: threading.Event,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    registry: Callable[[], CollectorRegistry],
) -> Served:
    """The page, the API and what the links in deliveries lead to; once `stopped` is set, what it streams ends.

    `themes` may change while it is asked, `ready` says by role why it is not at work, and `registry` has the metrics.
    """
    access, index = access_of(settings), OpenIndex(index_path(settings))
    labels = LabelsApi(stream, index, themes, clock, partial(_waiting, settings, stream))
    subscriptions, of_themes = SubscriptionsApi(stream, themes), ThemesApi(stream, clock)
    alerts = AlertsApi(stream, themes, stopped)
    key = cache(partial(key_of, settings))  # made when a link is first opened, not by a role without any
    links = (clock, key, public_url(settings), settings.feedback.subscribers, access)
    pages = FeedbackPages(stream, index, themes, subscriptions, *links)
    atom = AtomApi(stream, index, themes, subscriptions, clock, key, public_url(settings))
    feeds = FeedsApi(stream, index, feed_at)
    bench = workbench(settings, stream, index, themes, ready, registry, labels, feeds, subscriptions)
    of_index = (ArchiveApi(index, bench.why_not), feeds)
    system = SystemApi(stream, index, clock, bench.state)
    every = (alerts, feeds, of_themes, labels, subscriptions, *of_index, ModelsApi(stream, promoted), system)
    api = routes([each for one in every for each in one.operations()], access)
    page = PageSite(bench, access, stopped)
    pushed = HubCallbacks(stream, key, settings.fetch.max_bytes).routes() if settings.web.websub else []
    return Served([*api, *pages.routes(), *atom.routes(), *pushed, *page.routes()], page.refused)


def access_of(settings: Settings) -> Access:
    """Who may use the API, by the settings."""
    web = settings.web
    host = web.listen.rpartition(":")[0].strip("[]")
    named = (host, urlsplit(web.url).hostname or "", socket.gethostname(), *web.hosts)
    proxies = Proxies(
        web.proxies,
        web.user_header,
        web.groups_header,
        {Role.READER: web.readers, Role.LABELLER: web.labellers, Role.OPERATOR: web.operators},
    )
    tokens = {
        Role.READER: web.reader_token.get_secret_value(),
        Role.LABELLER: web.labeller_token.get_secret_value(),
    }
    hosts = tuple(name.lower() for name in named if name)
    sessions = Sessions(cache(partial(key_of, settings)), clock)
    return Access(web.token.get_secret_value(), is_loopback(host), tokens, proxies, hosts, sessions)


def _waiting(settings: Settings, stream: Log) -> list[dict[str, object]]:
    from deploy.running.label_review import review_row, waiting_labels  # only now: it reads models

    return [review_row(row) for row in waiting_labels(stream, belief(settings))]


def serve_web(
    stack: ExitStack,
    listen: str,
    registry: Callable[[], CollectorRegistry],
    ready: Callable[[], Mapping[str, str]],
    served: Served = Served(),  # noqa: B008  (it is frozen)
    client: Callable[[HTTPConnection], str] = peer,
) -> None:
    """Serves metrics, health and what else is `served` until the stack ends; a busy port is one sentence.

    `client` says for whom a request is counted, where there are too many.
    """
    if not listen:
        return
    try:
        bound = bind(listen)
    except (OSError, OverflowError) as error:
        raise SettingsError(f"cannot listen on {listen} ({error}): set web.listen to a free HOST:PORT") from error
    stack.callback(WebServer(application(registry, ready, served, client), bound).close)
