"""A line that comes again and again is written some times a minute, and then how often it came."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import TextIO

__all__ = ["FoldingHandler"]

SPAN = 60.0  # seconds
WRITTEN = 5  # times in a span
MOST_LINES = 1000  # that are remembered

_Key = tuple[str, int, str, type[BaseException] | None]


@dataclass
class _Seen:
    record: logging.LogRecord
    times: int = 0


class FoldingHandler(logging.StreamHandler[TextIO]):
    """Writes lines to a stream; of one that repeats itself, the first of each minute, and how many more there were.

    What is left out is told with the first line after its minute.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._seen: OrderedDict[_Key, _Seen] = OrderedDict()  # the longest known first

    def emit(self, record: logging.LogRecord) -> None:
        """Writes the line, or counts it."""
        while self._seen and (len(self._seen) > MOST_LINES or self._first.record.created + SPAN <= record.created):
            self._tell(self._seen.popitem(last=False)[1])
        error = record.exc_info[0] if record.exc_info else None
        seen = self._seen.setdefault((record.name, record.levelno, record.getMessage(), error), _Seen(record))
        seen.times += 1
        if seen.times <= WRITTEN:
            super().emit(record)

    def close(self) -> None:
        """Tells what was left out."""
        while self._seen:
            self._tell(self._seen.popitem()[1])
        super().close()

    @property
    def _first(self) -> _Seen:
        return next(iter(self._seen.values()))

    def _tell(self, seen: _Seen) -> None:
        if (more := seen.times - WRITTEN) > 0:
            of = seen.record
            text = f"{of.getMessage()} (and {more:,} more times within {SPAN:.0f} s)"
            super().emit(logging.LogRecord(of.name, of.levelno, of.pathname, of.lineno, text, None, None))
