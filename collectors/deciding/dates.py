"""When an entry was published: what the feed says, and how far that is to be trusted."""

import re
import warnings
from datetime import UTC, datetime

from dateutil import parser as dateutil_parser

from collectors.parsing.parsed import Parsed

__all__ = ["all_dated_now", "dated", "reaches_to"]

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EARLIEST = int(datetime(1990, 1, 1, tzinfo=UTC).timestamp() * 1000)
_EAST_ASIAN = re.compile(
    r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]"
    r"(?:.*?(?P<late>午後|下午|오후)?\s*(?P<hour>\d{1,2})\s*[時时시点:]\s*(?P<minute>\d{1,2}))?"
)
_AMBIGUOUS = re.compile(r"\d{1,2}\D\d{1,2}\D\d{2}")  # 03/04/05: whose day, whose month?
_MISREAD = re.compile("marras", re.IGNORECASE)  # November in Finnish, of which feedparser makes March
# Hours east of Greenwich, by the names that feedparser and dateutil take for UTC.
_ZONES = {
    zone: hours
    for hours, zones in (
        (-3, "BRT"), (1, "WEST BST CET MEZ"), (2, "CEST MESZ EET"), (3, "EEST MSK"), (7, "WIB"), (8, "WITA HKT SGT"),
        (9, "WIT JST KST"), (10, "AEST"), (11, "AEDT"), (12, "NZST"), (13, "NZDT"),
    )
    for zone in zones.split()
}  # fmt: skip
_AMERICAN_ZONES = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
_OFFSETS = {name: hours * 3600 for name, hours in (_ZONES | _AMERICAN_ZONES).items()}
_ZONE_AT_END = re.compile(r"\d\s*([A-Z]{3,4})\s*$", re.ASCII)
_BEFORE_DIGITS = re.compile(r"^[^\W\d]+\.?,\s*(?=\d)")  # `lundi, 3 ...`: a weekday in any language


def dated(parsed: int | None, text: str, first_seen: int) -> tuple[int, str]:
    """(published in ms, quality): `trusted`, or first seen as a stand-in for `missing`, `unreadable`, `future` and
    `ancient` ones. `parsed` is what feedparser made of `text`, in ms."""
    if found := _EAST_ASIAN.match(text.strip()[:100]):
        parsed = _read_east_asian(found)  # feedparser reads the month's first day
    elif parsed is not None and (zone := _ZONE_AT_END.search(text)):
        parsed -= _ZONES.get(zone[1], 0) * HOUR
    elif parsed is None or _MISREAD.search(text):
        if not text.strip():
            return first_seen, "missing"
        parsed = _read(text)
    if parsed is None:
        return first_seen, "unreadable"
    if parsed > first_seen + DAY:
        return first_seen, "future"
    if parsed < EARLIEST:
        return first_seen, "ancient"
    return min(parsed, first_seen), "trusted"


def all_dated_now(parsed: Parsed, now: int) -> bool:
    """Whether the document dates all that it lists alike, and at the time of this poll: it says nothing of the news."""
    stated = [entry.published_ms for entry in parsed.entries if entry.published_ms is not None]
    return len(stated) >= 3 and max(stated) - min(stated) <= MINUTE and abs(now - max(stated)) <= 10 * MINUTE


def reaches_to(parsed: Parsed, now: int) -> int:
    """The moment (ms) to which the document reaches back by its dates; 0 where they are too few to tell.

    The oldest tenth is left out, since it may be pinned.
    """
    stated = sorted(e.published_ms for e in parsed.entries if e.published_ms and EARLIEST < e.published_ms <= now + DAY)
    return stated[len(stated) // 10] if len(stated) >= 5 else 0


class _Months(dateutil_parser.parserinfo):  # type: ignore[misc]  # untyped library
    """Month names that feeds use beside the English ones, whole and shortened, and words before a time."""

    JUMP = [  # noqa: RUF012
        *dateutil_parser.parserinfo.JUMP,
        *("klo", "pukul", "um", "uhr", "à", "às", "las", "alle", "ore", "г", "года"),
    ]

    MONTHS = [  # noqa: RUF012 (the library's own form)
        (*names, *others.split())
        for names, others in zip(
            dateutil_parser.parserinfo.MONTHS,
            (
                "januar januari janvier janv janeiro enero ene gennaio gen "
                "янв января ιαν ιανουαρίου tammi tammikuuta tammikuu ianuarii",
                "februar februari février févr fév fevereiro fev febrero febbraio "
                "фев февраля φεβ φεβρουαρίου helmi helmikuuta helmikuu februarii",
                "märz mär mars março marzo maret мар марта μάρ μαρ μαρτίου maalis maaliskuuta maaliskuu martii",
                "avril avr abril abr aprile апр апреля απρ απριλίου huhti huhtikuuta huhtikuu aprilis",
                "mai maio mayo maggio mag mei мая май μάι μαΐ μαΐου touko toukokuuta toukokuu maii",
                "juni juin junho junio giugno giu июн июня ιούν ιουν ιουνίου kesä kesäkuuta kesäkuu iunii",
                "juli juillet juil julho julio luglio lug июл июля ιούλ ιουλ ιουλίου heinä heinäkuuta heinäkuu iulii",
                "août aoû agosto ago agustus agu авг августа αύγ αυγ αυγούστου elo elokuuta elokuu augusti",
                "septembre setembro set septiembre settembre "
                "сен сентября σεπ σεπτεμβρίου syys syyskuuta syyskuu septembris",
                "oktober okt octobre outubro out octubre ottobre ott "
                "окт октября οκτ οκτωβρίου loka lokakuuta lokakuu octobris",
                "novembre novembro noviembre ноя ноября νοέ νοε νοεμβρίου marras marraskuuta marraskuu novembris",
                "dezember dez desember des décembre déc dezembro diciembre dic dicembre "
                "дек декабря δεκ δεκεμβρίου joulu joulukuuta joulukuu decembris",
            ),
            strict=True,
        )
    ]


_INFO = _Months()


def _read(text: str) -> int | None:
    """What dateutil makes of a date that feedparser could not read; UTC where no zone is given."""
    text = _BEFORE_DIGITS.sub("", text.strip()[:100])
    orders = ((False, False), (True, False), (False, True)) if _AMBIGUOUS.match(text) else ((False, False),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of zones that it does not know: they are read as UTC
            # Over two days and in each order: where that makes a difference, the text does not say it all.
            readings = {
                dateutil_parser.parse(
                    text, _INFO, tzinfos=_OFFSETS, default=datetime(day, day, day), dayfirst=first, yearfirst=year
                )
                for day in (1, 2)
                for first, year in orders
            }
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    return _milliseconds(readings.pop()) if len(readings) == 1 else None


def _read_east_asian(found: re.Match[str]) -> int | None:
    year, month, day = (int(found[n]) for n in (1, 2, 3))
    hour, minute = int(found["hour"] or 0), int(found["minute"] or 0)
    try:
        return _milliseconds(datetime(year, month, day, hour % 12 + 12 if found["late"] else hour, minute))
    except ValueError:
        return None


def _milliseconds(when: datetime) -> int | None:
    try:
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
