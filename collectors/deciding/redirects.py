"""Permanent redirects: a feed moves when several polls running were led to the same address, and back when that fails.

`feeds` holds people's wishes, so a move stands in the feed's row, and an event tells of it.
"""

from msgspec.structs import replace

from collectors.deciding.state import FeedState

__all__ = ["led_nowhere", "led_to"]

AGREEING = 3
FAILURES = 3  # at the new address; then the wish's own is tried again


def led_to(state: FeedState, permanent_url: str) -> FeedState:
    """After a poll that was led there by 301 or 308 from the first hop on; "" when it was not."""
    if not permanent_url or permanent_url == state.url:
        return replace(state, moving_to="", moves_agreed=0) if state.moving_to else state
    agreed = state.moves_agreed + 1 if permanent_url == state.moving_to else 1
    if agreed < AGREEING:
        return replace(state, moving_to=permanent_url, moves_agreed=agreed)
    moved_to = "" if permanent_url == state.wish.url else permanent_url
    return replace(state, moved_to=moved_to, moving_to="", moves_agreed=0)


def led_nowhere(state: FeedState) -> FeedState:
    """After a poll that failed."""
    if not state.moved_to or state.failures < FAILURES:
        return state
    return replace(state, moved_to="", moving_to="", moves_agreed=0)
