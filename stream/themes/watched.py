"""Which themes of one's own are watched."""

from collections.abc import Mapping

from stream.records import OwnTheme

__all__ = ["watched"]


def watched(own: Mapping[str, OwnTheme]) -> tuple[OwnTheme, ...]:
    """Return those that were not removed, in the order in which they were added."""
    return tuple(sorted((one for one in own.values() if not one.removed_at), key=lambda one: (one.added_at, one.id)))
