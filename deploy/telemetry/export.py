"""What is exported, and to where; nothing of OpenTelemetry is imported while it is off."""

import importlib.util
import logging
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from deploy.settings.locations import clock
from deploy.settings.model import OtelSettings, Settings, SettingsError
from stream.engine.stage import Event
from stream.log.records import Out
from stream.ops.tracing import Span, spans_of

if TYPE_CHECKING:
    from deploy.telemetry.otlp import Otlp

__all__ = ["Telemetry", "telemetry_of"]

log = logging.getLogger(__name__)
NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Telemetry:
    """Exports the spans of this process, and the metrics of a registry; the roles never wait for it."""

    def __init__(self, otlp: "Otlp", share: float) -> None:
        self._otlp = otlp
        self._limit = int(share * 2**64)

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out]) -> None:
        """Takes what a commit has ended; see `stream.ops.tracing`."""
        try:
            self._otlp.spans([span for span in spans_of(stage, events, outs, clock()) if self._is_chosen(span)])
        except Exception:  # a defect here must not stop a role whose commit has landed
            log.exception("the spans of a commit of %s are lost", stage)

    def _is_chosen(self, span: Span) -> bool:
        """By the trace's own id: a trace is whole or not there, in whatever process its spans are made."""
        return int(span.trace[:16], 16) < self._limit

    def follow(self, registry: CollectorRegistry) -> None:
        """Exports the metrics of this registry from now on."""
        self._otlp.follow(registry)

    def close(self) -> None:
        """Exports what is left, within seconds."""
        self._otlp.close()


def telemetry_of(settings: Settings, role: str) -> Telemetry | None:
    """What exports as `otel` says, None where it is off; `role` is what this process calls itself."""
    otel: OtelSettings = settings.otel
    if not otel.endpoint:
        return None
    if not all(_is_there(name) for name in NEEDED):
        raise SettingsError("setting otel.endpoint: OpenTelemetry needs an extra: install themewire[otel]")
    from deploy.telemetry.otlp import Otlp

    about = {
        "service.name": "themewire",
        "service.version": version("themewire"),
        "service.instance.id": platform.node(),
    }
    headers = dict(_pair(each) for each in otel.headers.get_secret_value().split(",") if each.strip())
    return Telemetry(Otlp(otel.endpoint, headers, {**about, "themewire.role": role}, otel.interval), otel.share)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise SettingsError("setting otel.headers: give NAME=VALUE, with a comma between several")
    return name.strip(), value.strip()


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
