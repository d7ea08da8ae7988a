"""All checks in their order, and one that fails is a finding, too."""

import logging
from collections.abc import Iterator, Mapping

from deploy.doctor.contents import channels, feeds, model
from deploy.doctor.finding import Check, Finding
from deploy.doctor.machine import clocks, disk, names, versions
from deploy.doctor.streams import dead, groups, rights, stream
from deploy.settings.model import Settings
from stream.errors import ThemewireError
from stream.log.port import Log

__all__ = ["CHECKS", "QUICK", "WITHOUT_STREAM", "examine"]

log = logging.getLogger(__name__)

CHECKS: Mapping[str, Check] = {
    "versions": versions,
    "disk": disk,
    "stream": stream,
    "rights": rights,
    "clock": clocks,
    "groups": groups,
    "model": model,
    "DNS": names,
    "feeds": feeds,
    "channels": channels,
    "dead": dead,
}
WITHOUT_STREAM = ("versions", "disk")
QUICK = ("versions", "disk", "channels")  # at the start of `run`: some milliseconds


def examine(settings: Settings, stream: Log | None, only: tuple[str, ...] = tuple(CHECKS)) -> Iterator[Finding]:
    """What these checks find, one after the other; one that breaks is a finding, and hides no other."""
    for name in only:
        try:
            for found in CHECKS[name](settings, stream):
                yield Finding(name, found.ok, found.text)
        except ThemewireError as error:
            yield Finding(name, False, str(error))
        except Exception as error:  # a defect; its message is not repeated, since it may hold anything
            log.debug("the check %s has failed", name, exc_info=True)
            yield Finding(name, False, f"the check itself has failed ({type(error).__name__}): please report it")
