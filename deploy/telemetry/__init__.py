"""OpenTelemetry: metrics and traces by OTLP over HTTP, where `otel.endpoint` is set; it needs the extra `otel`."""
