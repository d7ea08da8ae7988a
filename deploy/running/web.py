"""The web server of a process: metrics, health, the API and the links in deliveries."""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from deploy.running.feedback_links import key_of, public_url
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings, SettingsError
from stream.log.port import Log
from stream.web import WebServer, application, bind
from stream.web.access import Access, is_loopback
from stream.web.alerts_api import AlertsApi
from stream.web.feedback import FeedbackPages
from stream.web.labels_api import LabelsApi
from stream.web.operations import routes
from stream.web.subscriptions_api import SubscriptionsApi
from stream.web.themes_api import ThemesApi

__all__ = ["api_of", "serve_web"]


def api_of(settings: Settings, stream: Log, stopped: threading.Event, themes: Sequence[str]) -> list[BaseRoute]:
    """The routes of the API and of the links in deliveries; once `stopped` is set, what it streams ends.

    `themes` may change while it is asked.
    """
    host = settings.web.listen.rpartition(":")[0].strip("[]")
    access = Access(settings.web.token.get_secret_value(), is_loopback(host))
    index = index_path(settings)
    labels, subscriptions = LabelsApi(stream, index, themes, clock), SubscriptionsApi(stream, themes)
    alerts = AlertsApi(stream, themes, stopped)
    key = cache(partial(key_of, settings))  # made when a link is first opened, not by a role without any
    pages = FeedbackPages(stream, index, themes, subscriptions, clock, key, public_url(settings))
    of_themes = ThemesApi(stream, clock)
    api = [*alerts.operations(), *of_themes.operations(), *labels.operations(), *subscriptions.operations()]
    return [*routes(api, access), *pages.routes()]


def serve_web(
    stack: ExitStack,
    listen: str,
    registry: Callable[[], CollectorRegistry],
    ready: Callable[[], Mapping[str, str]],
    api: Sequence[BaseRoute] = (),
) -> None:
    """Serves metrics, health and the API until the stack ends; a busy port is one sentence."""
    if not listen:
        return
    try:
        bound = bind(listen)
    except (OSError, OverflowError) as error:
        raise SettingsError(f"cannot listen on {listen} ({error}): set web.listen to a free HOST:PORT") from error
    stack.callback(WebServer(application(registry, ready, api), bound).close)
