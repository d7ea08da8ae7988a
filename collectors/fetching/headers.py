"""What a response's status and headers mean for a poll; pure."""

import re
from http import HTTPStatus

__all__ = ["max_age", "printable", "refusal", "validator"]

_LONGEST_VALIDATOR = 1024
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]+")
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


def refusal(status: int, wait: float) -> tuple[str, str]:
    """The kind and the sentence for a status that brings no feed; `wait` is its Retry-After in seconds."""
    if status == 401:
        return "auth", (
            f"the server asks for credentials, or refuses those that it got (status {status}): "
            "give some with `themewire feeds add URL --credentials`"
        )
    if status == 403:
        return "auth", (
            f"the server refuses us (status {status}), by its rules for programs or for want of credentials: ask the "
            "site to let feed readers through, or give credentials with `themewire feeds add URL --credentials`"
        )
    if status == 410:
        return "gone", "the server says that the feed is gone for good (status 410)"
    if status == 429 or (status == 503 and wait):
        until = f" for {wait:.0f} s" if wait else ""
        return "rate_limited", f"the server asks us to stay away{until} (status {status})"
    if status == 304:
        return "status", "the server says that nothing has changed, but was not asked (status 304)"
    try:
        phrase = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = str(status)
    return "status", f"the server answered with status {phrase}, which brings no feed"


def max_age(cache_control: str) -> int:
    """The max-age of a Cache-Control header in seconds; 0 if there is none or caching is refused."""
    text = cache_control.lower()
    found = _MAX_AGE.search(text)
    return int(found[1]) if found and "no-store" not in text and "no-cache" not in text else 0


def validator(text: str) -> str:
    """A validator fit to be stored and sent back; "" for one that is too long or has odd characters."""
    return text if len(text) <= _LONGEST_VALIDATOR and not _UNPRINTABLE.search(text) else ""


def printable(text: str) -> str:
    """The text on one line, without control characters."""
    return _UNPRINTABLE.sub(" ", text)
