"""OpenTelemetry: nothing of it is loaded while it is off; on, a collector sees an item's whole way, and the metrics."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan
from opentelemetry.sdk.metrics.export import Histogram, Sum
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client import Histogram as PrometheusHistogram

from deploy.settings.model import Settings, SettingsError
from deploy.telemetry.export import telemetry_of
from deploy.telemetry.prometheus import metrics_data
from stream.log.trace_context import PARENTS, span_id, trace_id
from tests.e2e.conftest import cache
from tests.e2e.installation import installation
from tests.ledger import Ledger
from tests.serving import handling

__all__ = ["cache"]


@dataclass
class Collector:
    """What was exported to it."""

    address: str = ""
    spans: list[OtlpSpan] = field(default_factory=list)
    metrics: dict[str, object] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    def take(self, path: str, body: bytes, token: str) -> None:
        self.headers.append(token)
        if path == "/v1/traces":
            for part in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.services |= {a.value.string_value for a in part.resource.attributes if a.key == "service.name"}
                self.spans += [span for scope in part.scope_spans for span in scope.spans]
        elif path == "/v1/metrics":
            for part in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                self.metrics |= {each.name: each for scope in part.scope_metrics for each in scope.metrics}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A small OTLP/HTTP receiver on loopback."""
    made = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            made.take(self.path, body, self.headers.get("X-Token", ""))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with handling(Handler) as made.address:
        yield made


def test_while_it_is_off_nothing_of_it_is_imported():
    script = (
        "import sys; import deploy.commands.run; from deploy.telemetry.export import telemetry_of; "
        "from deploy.settings.model import Settings; assert telemetry_of(Settings(), 'run') is None; "
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_headers_that_are_none_are_refused_without_repeating_them():
    made = Settings.model_validate({"otel": {"endpoint": "http://127.0.0.1:1", "headers": "s3cret"}})
    with pytest.raises(SettingsError, match="NAME=VALUE") as refused:
        telemetry_of(made, "run")
    assert "s3cret" not in str(refused.value)


def test_metrics_keep_their_names_and_values():
    registry = CollectorRegistry()
    Counter("themewire_polls", "Polls.", ["outcome"], registry=registry).labels("ok").inc(3)
    Gauge("themewire_feeds", "Feeds.", registry=registry).set(7)
    spans = PrometheusHistogram("themewire_seconds", "Seconds.", ["of"], buckets=(1, 5), registry=registry)
    for value in (0.5, 2, 3, 9):
        spans.labels("x").observe(value)
    (resource,) = metrics_data(registry, Resource({}), InstrumentationScope("t"), 5).resource_metrics
    found = {each.name: each.data for each in resource.scope_metrics[0].metrics}
    polls, seconds = found["themewire_polls"], found["themewire_seconds"]
    assert isinstance(polls, Sum)
    assert polls.is_monotonic
    assert [(p.attributes, p.value) for p in polls.data_points] == [({"outcome": "ok"}, 3.0)]
    assert [p.value for p in found["themewire_feeds"].data_points] == [7.0]
    assert isinstance(seconds, Histogram)
    ((point),) = seconds.data_points
    assert (point.attributes, point.count, point.sum) == ({"of": "x"}, 4, 14.5)
    assert (list(point.explicit_bounds), list(point.bucket_counts)) == ([1.0, 5.0], [1, 2, 1])


@pytest.mark.slow
def test_a_collector_sees_an_items_whole_way(tmp_path, cache):
    ledger = Ledger()
    ledger.grow(3)
    with collecting() as collector, installation(tmp_path, f"sqlite:///{tmp_path}/s.db", cache, ledger) as place:
        place.follow_ledger()
        otel = {"otel.endpoint": collector.address, "otel.headers": "X-Token=t0ken"}
        place.command = replace(place.command, settings={**place.command.settings, **otel})
        place.once()
        ledger.grow(5)
        ledger.fail("/hook", 503)
        place.once()
        tried = {delivery["alert"] for delivery in place.seen.values("deliveries")}
        alert = next(alert for alert in place.seen.alerts if alert["id"] in tried)
        assert set(collector.headers) == {"t0ken"}
        assert collector.services == {"themewire"}
        for each in place.seen.values("items"):
            way = [span for span in collector.spans if span.trace_id.hex() == trace_id(each["id"])]
            assert {"collect", "tag"} <= {span.name for span in way}
        item = alert["sources"][0]["item"]
        way = {span.name: span for span in collector.spans if span.trace_id.hex() == trace_id(item)}
        assert list(way) == list(PARENTS)
        for stage, parent in PARENTS.items():
            span = way[stage]
            assert span.parent_span_id.hex() == (span_id(item, parent) if parent else "")
            assert span.start_time_unix_nano <= span.end_time_unix_nano
            told = {a.key: a.value.string_value for a in span.attributes}
            assert told["themewire.item"] == item
        failed = [span for span in collector.spans if span.name == "deliver" and span.status.code == 2]
        assert [span.status.message for span in failed] == ["failed"]
        assert {"themewire_polls", "themewire_stage_events"} <= {
            name.removesuffix("_total") for name in collector.metrics
        }
