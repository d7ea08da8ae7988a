"""What a check has found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deploy.settings.model import Settings
from stream.log.port import Log

__all__ = ["Check", "Finding", "bad", "good"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is well, or a sentence that says what to do; it never repeats what may be a secret."""

    check: str
    ok: bool
    text: str


def good(text: str) -> Finding:
    """It is well; `examine` adds the name of the check."""
    return Finding("", True, text)


def bad(text: str) -> Finding:
    """There is something to do."""
    return Finding("", False, text)


# A check is given the stream, or None where there is none that could be opened.
Check = Callable[[Settings, Log | None], Iterator[Finding]]
