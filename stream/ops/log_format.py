"""How log lines look: a message and structured fields, for people or as JSON; no text of the world forges a line."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime

__all__ = ["JsonLines", "TextLines", "fields", "printable"]


def fields(**values: object) -> Mapping[str, object]:
    """What a log call takes as `extra`: for machines under their names, for people behind the message."""
    return {"fields": values}


def printable(text: str, keep: str = "") -> str:
    """The text without characters that steer a terminal or end a line, but for those to `keep`."""
    return "".join(c if c.isprintable() or c in keep else " " for c in text)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's time, level, logger and message, its fields beside them, and the traceback as `error`."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        row: dict[str, object] = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        row = {**_fields(record), **row}
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """A line for people; a traceback follows indented, so that none of its lines can pass for one of ours."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, and the fields as name=value."""
        at = self.formatTime(record, "%H:%M:%S")
        extra = " ".join(f"{name}={_value(value)}" for name, value in _fields(record).items())
        line = printable(f"{at} {record.levelname} {record.name}: {record.getMessage()}{' ' if extra else ''}{extra}")
        if record.exc_info:
            error = self.formatException(record.exc_info)
            line += "".join(f"\n    {printable(each)}" for each in error.splitlines())
        return line


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    found = getattr(record, "fields", {})
    return found if isinstance(found, Mapping) else {}


def _value(value: object) -> str:
    text = str(value)
    return (
        text if text and all(c.isprintable() and c not in ' "=' for c in text) else json.dumps(text, ensure_ascii=False)
    )
