"""Records of which some may not be readable, for those who list them."""

import logging
from collections.abc import Iterable, Iterator
from typing import TypeVar

from stream.records import Message, readable

__all__ = ["readable_record", "readable_records"]

M = TypeVar("M", bound=Message)
log = logging.getLogger(__name__)


def readable_records(found: Iterable[tuple[str, bytes | None]], kind: type[M]) -> Iterator[tuple[str, M]]:
    """Those of `stream.records.readable`; a warning names each that is passed over."""
    return readable(found, kind, log.warning)


def readable_record(value: bytes, kind: type[M]) -> M | None:
    """This one, or None and a warning where it cannot be read."""
    return next((found for _, found in readable_records([("", value)], kind)), None)
