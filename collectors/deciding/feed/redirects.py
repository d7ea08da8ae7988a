"""Permanent redirects: a feed moves when several polls in a row were led to the same address, and back when that fails.

`feeds` is written by people only, so a move stands in the feed's row, and an event reports it.
"""

from msgspec.structs import replace

from collectors.deciding.feed.state import FeedState

__all__ = ["after_redirect", "moved_back"]

AGREEING = 3
FAILURES = 3  # at the new address, before the feed's own is tried again


def after_redirect(state: FeedState, permanent_url: str) -> FeedState:
    """After a poll that permanent redirects (301 or 308, from the first hop on) led there; "" where none did."""
    if not permanent_url or permanent_url == state.url:
        return replace(state, moving_to="", moves_agreed=0) if state.moving_to else state
    agreed = state.moves_agreed + 1 if permanent_url == state.moving_to else 1
    if agreed < AGREEING:
        return replace(state, moving_to=permanent_url, moves_agreed=agreed)
    moved_to = "" if permanent_url == state.feed.url else permanent_url
    return replace(state, moved_to=moved_to, moving_to="", moves_agreed=0)


def moved_back(state: FeedState) -> FeedState:
    """After a poll that failed: at its own address again, where the new one has failed too often."""
    if not state.moved_to or state.failures < FAILURES:
        return state
    return replace(state, moved_to="", moving_to="", moves_agreed=0)
