"""`themewire demo`: the whole of `run`, on feeds that ship with it, served from loopback."""

import logging
import os
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import click
from prometheus_client import CollectorRegistry, ProcessCollector

from deploy.options import common, opened
from deploy.record_lines import alert_line
from deploy.running.canary import start_canary
from deploy.running.file_limit import raise_file_limit
from deploy.running.first_day import feed_id
from deploy.running.gauges import collectors
from deploy.running.invitation import invitation, show_delivery
from deploy.running.service import Service, follow
from deploy.running.training import opened_registry
from deploy.running.until_stopped import until_stopped
from deploy.running.web import api_of, serve_web
from deploy.running.wiring import ROLES
from deploy.settings.model import Settings
from seeds.demo import source_of
from seeds.demo_server import DemoServer
from stream.log import topics
from stream.log.port import Reader
from stream.log.records import Out
from stream.log.topics import alerts_topic
from stream.ops.metrics import Metrics
from stream.records import Alert, Feed, decode, encode
from stream.themes.live import LiveThemes

__all__ = ["command"]

INTERVAL = 3.0
SILENT_AFTER = 0.05  # hours: the outlet that falls silent is to be noticed while somebody looks
POLL_SECONDS = 0.5
MAILBOX = "DEMO_MAILBOX"  # the variable with user and password, both of which the demo's mail server takes as they are


@click.command("demo")
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=None, metavar="SECONDS", help="Stop after this many seconds."
)
@click.option("--keep", is_flag=True, help="Use the configured data folder and stream instead of temporary ones.")
@common
def command(settings: Settings, seconds: float | None, keep: bool) -> None:
    """Run everything on demo feeds that are served locally, and print alerts as they are raised."""
    raise_file_limit()
    with ExitStack() as stack:
        if not keep:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="themewire-demo-"))
            settings = _passing(settings, Path(folder))
        settings = _on_loopback(settings)
        os.environ.setdefault(MAILBOX, "reader:anything")
        stop = stack.enter_context(until_stopped())
        server = stack.enter_context(DemoServer(datetime.now(UTC), taken=show_delivery))
        log = stack.enter_context(opened(settings))
        themes = LiveThemes(log)
        stack.callback(themes.close)
        metrics = Metrics(CollectorRegistry(), themes, ROLES)
        services: list[Service] = []
        ready: Callable[[], Mapping[str, str]] = lambda: services[0].why_not() if services else {}  # noqa: E731
        served = api_of(settings, log, stop, themes, ready, lambda: metrics.registry)
        serve_web(stack, settings.web.listen, lambda: metrics.registry, ready, served)
        opened_registry(settings, log)
        log.append([Out(topics.FEEDS, feed.id, encode(feed)) for feed in _feeds(server)])
        reader = log.reader([alerts_topic(theme) for theme in themes])
        settings, canary = start_canary(stack, settings, log, themes, together=True)
        services.append(Service(ROLES, settings, log, metrics, themes=themes))
        follow(themes, services[0], metrics)
        own = collectors(settings, log, ROLES, lambda: services[0].inputs)
        for collector in (ProcessCollector(registry=None), *own, *canary):
            metrics.registry.register(collector)
        stack.callback(services[0].close)
        click.echo(invitation(settings, len(server.outlets), server.inbox, keep), err=True)
        logging.getLogger("stream.ops.commit_log").addFilter(
            lambda line: not line.msg.startswith("alert: ")
        )  # shown below
        _show(reader, stop, seconds)


def _feeds(server: DemoServer) -> list[Feed]:
    """The demo's sources, of all kinds that can be polled."""
    feeds = []
    for url, outlet in server.outlets.items():
        kind, options = source_of(outlet)
        credentials = f"basic env:{MAILBOX}" if kind == "imap" else ""
        feeds.append(Feed(id=feed_id(url), url=url, kind=kind, options=dict(options), credentials=credentials))
    return feeds


def _passing(settings: Settings, folder: Path) -> Settings:
    """A stream and a data folder that end with the demo."""
    return settings.model_copy(
        update={
            "data": settings.data.model_copy(update={"dir": folder}),
            "stream": settings.stream.model_copy(update={"url": ""}),
        }
    )


def _on_loopback(settings: Settings) -> Settings:
    """Only the demo's own server may be connected to on loopback, and it needs no manners."""
    own = (*settings.fetch.allow_networks, IPv4Network("127.0.0.1/32"))
    fetch = settings.fetch.model_copy(
        update={"allow_networks": own, "interval": INTERVAL, "host_gap": 0.0, "silent_after": SILENT_AFTER}
    )
    web, here = settings.web, re.fullmatch(r"(127\.0\.0\.1|localhost):[1-9]\d*", settings.web.listen)
    if here and not web.url:  # where the demo's own hub can reach us
        web = web.model_copy(update={"websub": True, "url": f"http://{web.listen}"})
    return settings.model_copy(update={"fetch": fetch, "web": web})


def _show(reader: Reader, stop: threading.Event, seconds: float | None) -> None:
    """Prints alerts as they come."""
    end = None if seconds is None else time.monotonic() + seconds
    while not stop.is_set() and (end is None or time.monotonic() < end):
        for record in reader.poll(POLL_SECONDS):
            click.echo(alert_line(decode(record.value, Alert)))
    reader.close()
