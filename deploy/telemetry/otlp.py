"""Spans and metrics on their way to a collector, by OpenTelemetry's own exporters and batches."""

import threading
import time
from collections.abc import Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
from prometheus_client import CollectorRegistry

from deploy.telemetry.prometheus import metrics_data
from stream.ops.tracing import Span

__all__ = ["Otlp"]

SCOPE = InstrumentationScope("themewire")
TIMEOUT = 5.0  # seconds for an export
BATCH_MS = 2000
KINDS = {"collect": SpanKind.CLIENT, "deliver": SpanKind.CLIENT}
NS = 1_000_000  # in a millisecond


class Otlp:
    """Exports to `endpoint`, as http://HOST:4318; what it does not take is dropped after a while, not waited for."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], about: Mapping[str, str], interval: float) -> None:
        base = endpoint.rstrip("/")
        self._resource = Resource.create(dict(about))
        spans = OTLPSpanExporter(f"{base}/v1/traces", headers=dict(headers), timeout=TIMEOUT)
        self._processor = BatchSpanProcessor(spans, schedule_delay_millis=BATCH_MS)
        self._metrics = OTLPMetricExporter(f"{base}/v1/metrics", headers=dict(headers), timeout=TIMEOUT)
        self._interval = interval
        self._began = time.time_ns()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def spans(self, spans: Sequence[Span]) -> None:
        """Queues spans."""
        for span in spans:
            self._processor.on_end(self._readable(span))

    def _readable(self, span: Span) -> ReadableSpan:
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace, span.span),
            parent=_context(span.trace, span.parent) if span.parent else None,
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=KINDS.get(span.name, SpanKind.INTERNAL),
            instrumentation_scope=SCOPE,
            status=Status(StatusCode.ERROR, span.failed) if span.failed else Status(StatusCode.UNSET),
            start_time=span.start * NS,
            end_time=span.end * NS,
        )

    def follow(self, registry: CollectorRegistry) -> None:
        """Exports the registry's metrics every `interval` seconds, and at the end."""

        def run() -> None:
            while not self._closing.wait(self._interval):
                self._export(registry)
            self._export(registry)

        self._thread = threading.Thread(target=run, name="otlp metrics", daemon=True)
        self._thread.start()

    def _export(self, registry: CollectorRegistry) -> None:
        self._metrics.export(metrics_data(registry, self._resource, SCOPE, self._began))

    def close(self) -> None:
        """Exports what is left."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(TIMEOUT)
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # untyped library
        self._metrics.shutdown()


def _context(trace: str, span: str) -> SpanContext:
    return SpanContext(int(trace, 16), int(span, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
