"""What moment a date of a feed means: all of it is understood, or it is not read.

The parts of a date are taken out of it in the order in which they can be told apart: the time of day with its half, its
offset from Greenwich, then words, and year, month and day. Whatever is left has to say nothing; else the date is
`unclear`, as it is where day and month could be either.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from collectors.parsing.calendar_names import FILLERS, calendar_names, month_of, plain_word
from collectors.parsing.day import NoDay, day_of
from collectors.parsing.zones import offset, zone_called, zone_named

__all__ = ["Reading", "is_standard", "read_moment", "understood"]

LONGEST = 120  # characters of a date


class Reading(NamedTuple):
    """A moment in ms, or why there is none.

    The date is `missing`, which is also what software writes for none; `unclear`, where only a part of it was
    understood; or `unreadable`.
    """

    ms: int | None
    without: Literal[""] | NoDay = ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MARKS = re.compile("[\x00\x01]")  # what this module itself leaves in the place of the time and of the offset
# What most feeds write, of which nothing is left open; the rest of this module is for what others do.
_AWAY = r"[+-](?:0\d|1[0-4])"
_ISO = re.compile(rf"(?!000)\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|{_AWAY}:?[0-5]\d)?)?", re.ASCII)
_RFC_5322 = re.compile(
    rf"(?:[A-Z][a-z]{{2}}, )?\d{{1,2}} [A-Z][a-z]{{2}} (?!000)\d{{4}} \d\d:\d\d:\d\d (?:GMT|{_AWAY}[0-5]\d)", re.ASCII
)
# Since 1970, in seconds or smaller parts of them.
_SINCE = re.compile(r"/?(?:date\()?(-\d{9,17}|\d{9,10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?(?:[+-]\d{4})?\)?/?")
_REWRITTEN: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile("[\u2010-\u2015\u2212]"), "-"),
    (re.compile(r"\s+m=[+-]\d+(\.\d+)?$"), ""),  # Go's monotonic clock
    (re.compile(r"(令和|平成|民國|民国)\s*(元|\d{1,3})\s*年"), lambda era: f"{_year_of(*era.groups())}年"),
    (re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일號号]?"), r"\1-\2-\3 "),
    (re.compile(r"\b(?:tháng|thg)\s*(\d{1,2})\b"), lambda month: f" {_english(int(month[1]))} "),
    (
        re.compile(r"^(\d{4})(\d\d)(\d\d)[t ]?(\d\d)(\d\d)(\d\d)?(?!\d)"),
        lambda n: "{}-{}-{} {}:{}:{}".format(*n.groups("00")),
    ),
    (re.compile(r"^(\d{4})(\d\d)(\d\d)(?!\d)"), r"\1-\2-\3"),
    (re.compile(r"^(\d{4})-?w(\d\d)-?([1-7])(?!\d)"), lambda week: _day_of_week(*map(int, week.groups()))),
    (re.compile(r"^(\d{4})-(\d{3})(?!\d)"), lambda day: _day_of_year(int(day[1]), int(day[2]))),
)
_AM, _PM = r"a\s?m\b|午前|上午|오전|π\s?μ\b|ص\b|पूर्वाह्न", r"p\s?m\b|午後|下午|오후|μ\s?μ\b|م\b|अपराह्न"
_TIMES = (
    re.compile(
        r"""(?<![\d+])(?P<hour>\d{1,2})(?:
        \s?:\s?(?P<m1>\d{1,2})(?:\s?:\s?(?P<s1>\d{1,2})(?:[.,:](?P<fraction>\d{1,9}))?)?
      | \s*[時时시点點](?:\s*(?P<m2>\d{1,2})\s*[分분](?:\s*(?P<s2>\d{1,2})\s*[秒초])?)?
      | \s?(?:h|uhr)\s?(?P<m3>\d{2})?(?![^\W\d_])
    )(?!\d)""",
        re.VERBOSE,
    ),
    re.compile(rf"(?<=\s)(?P<hour>\d{{1,2}})\.(?P<m1>\d{{2}})(?:\.(?P<s1>\d{{2}}))?(?=\s*(?:uhr|h|{_AM}|{_PM})?\s*$)"),
    re.compile(rf"(?<![\d+])(?P<hour>\d{{1,2}})(?=\s?(?:{_AM}|{_PM}))"),
)
_HALF = re.compile(rf"(?:(?P<am>{_AM})|(?P<pm>{_PM}))?\s*\x00\s*(?:(?P<am2>{_AM})|(?P<pm2>{_PM}))?")
_OFFSET = re.compile(r"\x00[\s(\[]*(?:[a-z]{1,5}\s*)?([+-])(\d{1,2})(?::(\d{1,2})|(\d{2}))?(?![\d./-]|:\d)")
_BESIDE = re.compile(r"\x00[\s(\[]*([a-z]{1,5})(?![^\W\d_])")  # where a zone stands, and no weekday
_AGAIN = re.compile(r"\x01\s*(?:[a-z]{2,5}(?![^\W\d_])|[+-]\d{2,4}(?!\d))")  # the zone's name behind it, or itself
_REMARK = re.compile(r"\(([^()\d]*)\)")
_WORD = re.compile(r"[^\W\d_][^\s\d,;:/()\[\]+\-.|·•'\x00\x01]*")
_FIRST_WORD = re.compile(r"^\W*([^\W\d_]+)\s*,")  # `lundi, 3 ...`: a weekday in any language


class _Rest:
    """What of a date has not been understood yet."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], mark: str = " ") -> re.Match[str] | None:
        """Return where the pattern is first found, with the mark left in its place."""
        if found := pattern.search(self.text):
            self.text = self.text[: found.start()] + mark + self.text[found.end() :]
        return found


def read_moment(text: str) -> Reading:
    """Return the moment that a date means; one without a zone is read as UTC."""
    text = _MARKS.sub(" ", text).strip()
    if not text or not text.strip("0"):
        return Reading(None, "missing")
    try:
        if _ISO.fullmatch(text):
            return _reading(datetime.fromisoformat(text))
        if _RFC_5322.fullmatch(text):
            return _reading(parsedate_to_datetime(text))
    except ValueError:
        pass  # a month in another language, or a day that there is not: what it is is found out below
    if len(text) > LONGEST:
        return Reading(None, "unreadable")
    named, text = zone_named(text)
    plain = plain_word(text)
    if since := _SINCE.fullmatch(plain):
        return _since_1970(since[1])
    try:
        for pattern, instead in _REWRITTEN:
            plain = pattern.sub(instead, plain)
        return _read(_Rest(plain), named)
    except (ValueError, OverflowError):  # a day or a time that there is not
        return Reading(None, "unreadable")


def is_standard(text: str) -> bool:
    """Whether a date has the form of RFC 5322 or of ISO 8601, though there may be no such day."""
    return bool(_RFC_5322.fullmatch(text) or _ISO.fullmatch(text))


def understood(dates: Iterable[str]) -> tuple[str, int | None]:
    """Return the first date that is understood, as it is given and in ms; without one, the first that is given."""
    given = [text for text in dates if text.strip()]
    for text in given:
        if (moment := read_moment(text).ms) is not None:
            return text, moment
    return (given[0] if given else ""), None


def _read(rest: _Rest, zone: tzinfo | None) -> Reading:
    """Raises ValueError or OverflowError for what no calendar or clock shows."""
    while remark := rest.take(_REMARK):
        if zone_called(remark[1].strip()):
            rest.text += f" {remark[1]} "
    time = _time(rest)
    away = rest.take(_OFFSET, "\x01")
    called = None
    if away:
        zone = offset(away[1], away[2], away[3] or away[4] or "0")
        if (again := _AGAIN.search(rest.text)) and month_of(again[0].strip("\x01 ")) is None:
            rest.take(_AGAIN)
    elif (beside := _BESIDE.search(rest.text)) and (called := zone_called(beside[1])):
        rest.take(_BESIDE)
    words = _words(rest)
    day = day_of(rest.text, words.months)
    if isinstance(day, str):
        return Reading(None, day)
    two = called and words.zone and called != words.zone
    if words.unknown or two or (away and zone is None):
        return Reading(None, "unclear")
    return _reading(datetime.combine(day, datetime.min.time(), zone or called or words.zone or UTC) + time)


def _time(rest: _Rest) -> timedelta:
    """The time of day, 0:00 where none is given; it leaves a mark, beside which its half and its zone stand."""
    found = next((found for form in _TIMES if (found := rest.take(form, "\x00"))), None)
    if found is None:
        return timedelta()
    parts = found.groupdict()
    hour = int(parts["hour"])
    minute, second = (int(parts.get(f"{of}1") or parts.get(f"{of}2") or parts.get(f"{of}3") or 0) for of in "ms")
    half = rest.take(_HALF, "\x00")
    assert half is not None
    if half["am"] or half["am2"]:
        hour = hour % 12 if hour <= 12 else 99
    elif half["pm"] or half["pm2"]:
        hour = hour % 12 + 12 if hour <= 12 else hour
    if (hour, minute, second) > (24, 0, 0) or minute > 59 or second > 60:
        raise ValueError("no clock shows that")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59) + float(f"0.{parts.get('fraction') or 0}"))


class _Words(NamedTuple):
    """What the words of a date mean; `unknown`: one of them has no known meaning."""

    months: frozenset[int]
    zone: tzinfo | None
    unknown: bool


def _words(rest: _Rest) -> _Words:
    """Takes all words."""
    if (first := _FIRST_WORD.match(rest.text)) and month_of(first[1]) is None:
        rest.take(_FIRST_WORD)
    months: set[int] = set()
    either: set[int] = set()
    zones: list[tzinfo] = []
    unknown = False
    weekdays = calendar_names().weekdays
    while found := rest.take(_WORD):
        word, month = found[0], month_of(found[0])
        if month:  # `mar` is March, and also a Tuesday
            (either if word in weekdays else months).add(month)
        elif word in weekdays or word in FILLERS:
            continue
        elif zone := zone_called(word):
            zones.append(zone)
        else:
            unknown = True
    away = {zone.utcoffset(None) for zone in zones}
    return _Words(frozenset(months or either), zones[0] if zones else None, unknown or len(away) > 1)


def _reading(moment: datetime) -> Reading:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Reading((aware - _EPOCH) // timedelta(milliseconds=1))


def _since_1970(digits: str) -> Reading:
    """Seconds, or thousandths, millionths or billionths of them: as many as come near to our time."""
    since = int(digits)
    while abs(since) >= 10**14:
        since //= 1000
    return Reading(since if abs(since) >= 10**11 else since * 1000)


def _year_of(era: str, year: str) -> int:
    """The year of an era of Japan or Taiwan."""
    return {"令和": 2018, "平成": 1988}.get(era, 1911) + (1 if year == "元" else int(year))


def _english(month: int) -> str:
    return date(2000, month, 1).strftime("%b").lower() if 1 <= month <= 12 else "?"


def _day_of_week(year: int, week: int, day: int) -> str:
    return date.fromisocalendar(year, week, day).isoformat()


def _day_of_year(year: int, day: int) -> str:
    found = date(year, 1, 1) + timedelta(day - 1)
    if found.year != year:
        raise ValueError("no year has such a day")
    return found.isoformat()
