"""Written reports of events: several of each, in several languages, to tell events apart by and to fill the demo with.

A file has events of its own. Numbers of events that follow each other may be *twins*, which are easily confused.
"""

from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec.structs import replace

__all__ = ["EventReport", "load_events"]


class EventReport(msgspec.Struct, frozen=True):
    """What an outlet, `source`, writes about an event.

    `copy` is the title of the report that it is a copy of, or a text that copies of one share.
    """

    lang: str
    title: str
    summary: str
    event: str = ""
    theme: str = ""
    source: str = ""
    published: str = ""
    copy: str = ""
    file: str = ""


def load_events(own: Path | None = None) -> tuple[EventReport, ...]:
    """Return the reports of `seeds/events`, or of a folder of one's own, file by file in their order.

    `file` is its name without the ending.
    """
    folder = own or files("seeds").joinpath("events")
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    return tuple(
        replace(msgspec.json.decode(line, type=EventReport), file=path.name.removesuffix(".jsonl"))
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
    )
