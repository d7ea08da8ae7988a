"""What the page asks of the rooms above: handed in by the composition root, since the stream knows none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.log.port import Log

__all__ = ["Theme", "Workbench"]


@dataclass(frozen=True)
class Theme:
    """A theme as people know it."""

    id: str
    name: str
    about: str = ""


@dataclass(frozen=True)
class Workbench:
    """The stream, its index, the themes, the clock (ms), and what answers questions in words.

    `why_not` takes a link or id and returns the steps of its way as (word, sentence).
    """

    stream: Log
    index: Path
    themes: Callable[[], Sequence[Theme]]
    clock: Callable[[], int]
    why_not: Callable[[str], Sequence[tuple[str, str]]]
