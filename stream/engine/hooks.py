"""What a worker calls: hooks that count what happened, and an alarm that holds wake-ups."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from stream.engine.stage import Event
from stream.log.port import Work
from stream.log.records import Change, Out, Rows, Tick

__all__ = ["Alarm", "Hooks"]


class Hooks(Protocol):
    """Counts what happened to a stage; all but `stepped` are called after the fact."""

    def owned(self, stage: str, rows: Mapping[int, Rows]) -> None:
        """The owned partitions have changed, and are now these, with their committed rows."""
        ...

    def committed(self, stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> None:
        """Of one partition: these events have been passed, these records have landed, and these are the facts of the
        decision."""
        ...

    def landed(self, stage: str, works: Sequence[Work], seconds: float) -> None:
        """One commit of all these has taken so long."""
        ...

    def fenced(self, stage: str) -> None:
        """A commit was refused since a partition has moved."""
        ...

    def aborted(self, stage: str, times: int) -> None:
        """So many transactions were begun and have not landed."""
        ...

    def jumped(self, stage: str) -> None:
        """The clock has jumped since the stage's last step."""
        ...

    def stepped(self, stage: str, now: int) -> None:
        """A step has ended; `now` is the stage's clock (ms)."""
        ...


class Alarm(Protocol):
    """Holds the wake-ups of rows that are armed, in place of the session's own clock.

    It may ring for a row that is armed no more: whoever is woken looks at the rows.
    """

    def gained(self, ticks: Sequence[Tick]) -> None:
        """A partition was gained, with these armed rows."""
        ...

    def changed(self, changes: Sequence[Change]) -> None:
        """These rows were committed."""
        ...

    def close(self) -> None:
        """Ends every wake-up."""
        ...
