"""From a publication over its hub's push to an alert, with all that is in between: within five seconds."""

import threading
import time
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry

from deploy.options import opened
from deploy.running.service import Service
from deploy.running.training import opened_registry
from deploy.running.web import api_of, serve_web
from deploy.settings.model import Settings
from stream.log import topics
from stream.log.records import Out, Record
from stream.log.topics import alerts_topic
from stream.ops.metrics import Metrics
from stream.records import Alert, Feed, Poll, decode, encode
from stream.themes.saved import shipped_themes
from stream.web import bind
from tests.hub import Hub
from tests.stream.backends import read_all, until

NEWS = (
    "ISO/IEC JTC 1 publishes a new international standard for AI management systems",
    "IETF approves the QUIC multipath draft as a Proposed Standard",
)
STAGES = ("collect", "tag", "story")


def free_port() -> int:
    bound = bind("127.0.0.1:0")
    port: int = bound.getsockname()[1]
    bound.close()
    return port


@pytest.mark.parametrize("stream_url", ["sqlite"], indirect=True)  # test_pushed.py has both backends
def test_a_push_becomes_an_alert_within_seconds(tmp_path, stream_url):
    listen = f"127.0.0.1:{free_port()}"
    settings = Settings.model_validate(
        {
            "stream": {"url": stream_url},
            "data": {"dir": tmp_path},
            "fetch": {"allow_networks": ["127.0.0.1/32"], "interval": 3600},
            "web": {"listen": listen, "url": f"http://{listen}", "websub": True},
        }
    )
    with ExitStack() as stack:
        hub = stack.enter_context(Hub().serving())
        log = stack.enter_context(opened(settings))
        opened_registry(settings, log)
        metrics = Metrics(CollectorRegistry(), shipped_themes(), STAGES)
        stop = threading.Event()
        stack.callback(stop.set)
        api = api_of(settings, log, stop, shipped_themes(), lambda: {}, lambda: metrics.registry)
        serve_web(stack, listen, lambda: metrics.registry, lambda: {}, api)
        log.append([Out(topics.FEEDS, "f", encode(Feed(id="f", url=hub.feed)))])
        reader = log.reader([alerts_topic("standards")])
        stack.callback(reader.close)
        stack.callback(Service(STAGES, settings, log, metrics).close)
        assert hub.wait(lambda: bool(hub.callbacks))
        until(lambda: any(decode(each.value, Poll).new for each in read_all(log, topics.POLLS)))

        waits, seen = [], []
        for title in NEWS:
            begun = time.time()
            assert hub.publish(title) == [202]
            found: list[Record] = []
            until(lambda found=found: bool(found), lambda found=found: found.extend(reader.poll(0.5)))
            alert = decode(found[0].value, Alert)
            assert alert.title == title
            waits.append(alert.alerted_at / 1000 - begun)
            seen.append(alert.first_seen / 1000 - begun)
        print(f"publication to item {seen[1]:.2f} s, to alert {waits[1]:.2f} s; at first {waits[0]:.2f} s")
        assert hub.polls == 3  # the first, and one for each push: the next by the clock is an hour away
