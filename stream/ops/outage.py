"""What is said of a time without something: a line when it begins, one a minute, and one when it is over."""

import logging
import time
from collections.abc import Callable

__all__ = ["Outage", "duration"]

EVERY_SECONDS = 60.0
log = logging.getLogger(__name__)


class Outage:
    """Says of `who` that it `lacks` something and later `has` it again; however often it is told, that is few lines."""

    def __init__(
        self, who: str, lacks: str, has: str, clock: Callable[[], float] = time.monotonic, every: float = EVERY_SECONDS
    ) -> None:
        self._who, self._lacks, self._has = who, lacks, has
        self._clock = clock
        self._every = every
        self._since: float | None = None
        self._said = 0.0
        self._last = ""

    def lost(self, reason: object, *, urgent: bool = False) -> None:
        """It is missing now; what is `urgent` is said at once where it is another reason than the last."""
        now, text = self._clock(), str(reason)
        if self._since is None:
            self._since = now
            log.warning("%s %s: %s", self._who, self._lacks, text)
        elif now - self._said >= self._every or (urgent and text != self._last):
            log.warning("%s %s for %s: %s", self._who, self._lacks, duration(now - self._since), text)
        else:
            return
        self._said, self._last = now, text

    def over(self) -> None:
        """It is there."""
        if self._since is not None:
            log.warning("%s %s after %s", self._who, self._has, duration(self._clock() - self._since))
            self._since = None


def duration(seconds: float) -> str:
    """For people: 12 s, 3 min 12 s, 2 h 3 min."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
