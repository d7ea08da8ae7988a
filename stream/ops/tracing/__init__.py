"""Spans of items' ways, told by what each commit has passed and written."""

from stream.ops.tracing.spans import Span, spans_of

__all__ = ["Span", "spans_of"]
