"""The time zone of a date: offsets, abbreviations and names."""

import re
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["offset", "zone_called", "zone_named"]

# Minutes east of Greenwich. An abbreviation that several zones have is the one that RFC 822 names, or else that of most
# people who write it (IST is India's, BST Britain's).
_MINUTES = {
    name: round(hours * 60)
    for hours, names in (
        (-11, "sst"), (-10, "hst"), (-9, "akst hdt"), (-8, "pst akdt"), (-7, "mst pdt"), (-6, "cst mdt"),
        (-5, "est cdt pet cot ect"), (-4, "edt ast clt bot vet amt"), (-3.5, "nst"), (-3, "adt brt art clst uyt gft"),
        (-2.5, "ndt"), (-2, "brst fnt"), (-1, "azot cvt"), (0, "z ut utc gmt wet azost egst"),
        (1, "cet bst west met mez wat"), (2, "cest mest mesz eet cat sast"), (3, "eest msk eat idt trt"),
        (3.5, "irst"), (4, "gst samt azt get msd mut"), (4.5, "aft"), (5, "pkt uzt yekt mvt tjt tmt"),
        (5.5, "ist slst"),
        (5.75, "npt"), (6, "omst bdt btt"), (6.5, "mmt"), (7, "ict wib krat novt hovt"),
        (8, "hkt sgt awst wita myt pht irkt ulat"), (9, "jst kst wit yakt"), (9.5, "acst"), (10, "aest vlat chst pgt"),
        (10.5, "acdt"), (11, "aedt magt sakt"), (12, "nzst fjt pett"), (13, "nzdt tot"),
    )
    for name in names.split()
}  # fmt: skip
_NAMED = {"et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles"}
_FURTHEST = timedelta(hours=14, minutes=45)
_NAME = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}|\b[A-Z]{3}\d[A-Z]{3}\b")


def offset(sign: str, hours: str, minutes: str) -> tzinfo | None:
    """Return the zone that is so far from Greenwich, east for `+`; None where there is none."""
    east = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if east > _FURTHEST or int(minutes or 0) > 59:
        return None
    return timezone(-east if sign == "-" else east)


def zone_called(word: str) -> tzinfo | None:
    """Return the zone of an abbreviation in lower case; None for an unknown one."""
    if word in _NAMED:
        return ZoneInfo(_NAMED[word])
    return timezone(timedelta(minutes=_MINUTES[word])) if word in _MINUTES else None


def zone_named(text: str) -> tuple[tzinfo | None, str]:
    """Return the zone that a text names as `Asia/Tokyo`, and the text without the name; None where it names none."""
    for found in _NAME.finditer(text):
        for name in (found[0], found[0].title()):  # also where all of it is small or large
            try:
                return ZoneInfo(name), text[: found.start()] + " " + text[found.end() :]
            except (KeyError, OSError, ValueError):  # there is none, or a folder, or another file of that name
                continue
    return None, text
