"""Dates as feeds write them: each is understood as a whole, or said not to be."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.parsing.calendar_names import calendar_names
from collectors.parsing.moment import read_moment, understood
from tests.bench.calendar_names import names

TEN, SEVEN_PAST_THREE = "2026-11-28T10:00:00", "2026-11-28T15:07:00"


def told(text: str) -> str:
    """The moment in UTC as ISO 8601 has it, or why there is none."""
    ms, without = read_moment(text)
    return datetime.fromtimestamp(ms / 1000, UTC).replace(tzinfo=None).isoformat() if ms is not None else without


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        # the standards
        ("Sat, 28 Nov 2026 10:00:00 +0000", TEN),
        ("28 Nov 26 10:00 GMT", TEN),
        ("Sat, 28 Nov 2026 12:00:00 +0200", TEN),
        ("Sat, 28 Nov 2026 10:00:00 Z", TEN),
        ("Sat, 28 Nov 2026 10:00:00 -0000", TEN),
        ("Saturday, 28-Nov-26 10:00:00 GMT", TEN),
        ("Sat (a remark), 28 Nov 2026 10:00:00 +0000 (another)", TEN),
        ("Sat Nov 28 10:00:00 2026", TEN),
        ("2026-11-28T12:00:00+02:00", TEN),
        ("2026-11-28t10:00:00z", TEN),
        ("2026-11-28T10:00", TEN),
        ("2026-11-28 12:00:00 +02", TEN),
        ("2026-11-28", "2026-11-28T00:00:00"),
        ("20261128T100000Z", TEN),
        ("20261128100000", TEN),
        ("2026-W48-6", "2026-11-28T00:00:00"),
        ("2026-332T10:00:00Z", TEN),
        ("2026-11-28T24:00:00Z", "2026-11-29T00:00:00"),
        ("2026-11-28T23:59:60Z", "2026-11-28T23:59:59"),
        ("1795860000", TEN),
        ("1795860000000", TEN),
        # what languages' standard libraries print
        ("2026-11-28 19:00:00.123456789 +0900 JST m=+0.000000001", "2026-11-28T10:00:00.123000"),
        ("2026-11-28 15:30:00 +0530 +0530", TEN),
        ("Sat Nov 28 19:00:00 JST 2026", TEN),
        ("Sat Nov 28 18:00:00 +0800 2026", TEN),
        ("2026-11-28T11:00:00+01:00[Europe/Paris]", TEN),
        ("Sat Nov 28 2026 19:00:00 GMT+0900 (Japan Standard Time)", TEN),
        ("/Date(1795860000000+0900)/", TEN),
        ("28/Nov/2026:19:00:00 +0900", TEN),
        ("Nov 28 2026 10:00:00:000AM", TEN),
        # zones
        ("Sat, 28 Nov 2026 19:00:00 +0900 JST", TEN),
        ("Sat, 28 Nov 2026 19:00:00 JST", TEN),
        ("Sat, 28 Nov 2026 19:00:00 (JST)", TEN),
        ("Sat, 28 Nov 2026 18:00:00 GMT+8", TEN),
        ("Sat, 28 Nov 2026 07:00:00 GMT-3", TEN),
        ("Sat, 28 Nov 2026 18:00:00 UTC+08:00", TEN),
        ("Sat, 28 Nov 2026 18:00:00 UTC+8", TEN),
        ("Sat, 28 Nov 2026 07:00:00 UTC\u22123", TEN),
        ("Sat, 28 Nov 2026 18:00:00 GMT +0800", TEN),
        ("Sat, 28 Nov 2026 18:00:00 +800", TEN),
        ("Sat, 28 Nov 2026 15:30:00 IST", TEN),
        ("2026-11-28 19:00 Asia/Tokyo", TEN),
        ("2026-07-28 12:00 Europe/Berlin", "2026-07-28T10:00:00"),
        ("Sat, 28 Nov 2026 05:00:00 America/New_York", TEN),
        ("Sat, 28 Nov 2026 02:00:00 PST8PDT", TEN),
        ("Sat, 28 Nov 2026 19:00:00 asia/tokyo", TEN),
        ("28 Nov 2026, 19:00 (GMT+9)", TEN),
        ("July 28, 2026 6:00 AM ET", "2026-07-28T10:00:00"),
        # year first
        ("2026/11/28 10:00:00", TEN),
        ("2026.11.28 10:00", TEN),
        ("2026/11/28(土) 10:00", TEN),
        ("2026/11/28 (Sat) 10:00", TEN),
        ("2026/1/5", "2026-01-05T00:00:00"),
        ("2026. 11. 28. 오후 3:07", SEVEN_PAST_THREE),
        ("2026.11.28 (토) 오후 3:07", SEVEN_PAST_THREE),
        ("2026-11-28 下午 03:07", SEVEN_PAST_THREE),
        ("2026/11/28 上午 12:07", "2026-11-28T00:07:00"),
        ("2026年11月28日 午後3時07分", SEVEN_PAST_THREE),
        ("2026年11月28日(土) 15時07分", SEVEN_PAST_THREE),
        ("２０２６年１１月２８日", "2026-11-28T00:00:00"),
        ("2026年11月28日 星期六 15:07", SEVEN_PAST_THREE),
        ("2026년 11월 28일 토요일 오후 3:07", SEVEN_PAST_THREE),
        ("令和8年11月28日 15:07", SEVEN_PAST_THREE),
        ("民國115年11月28日 15:07", SEVEN_PAST_THREE),
        # halves of the day
        ("Sat, 28 Nov 2026 03:07:00 PM +0000", SEVEN_PAST_THREE),
        ("Sat, 28 Nov 2026 4:07 PM CET", SEVEN_PAST_THREE),
        ("11/28/2026 3:07:00 PM", SEVEN_PAST_THREE),
        ("Saturday, November 28, 2026 - 3:07pm", SEVEN_PAST_THREE),
        ("28 Nov 2026 3:07 p.m.", SEVEN_PAST_THREE),
        ("2026-11-28 15:07 PM", SEVEN_PAST_THREE),
        ("2026-11-28 12:07 AM", "2026-11-28T00:07:00"),
        ("2026-11-28 12:07 PM", "2026-11-28T12:07:00"),
        ("Nov 28, 2026 10 AM", TEN),
        ("28-Nov-26 03.07.00 PM", SEVEN_PAST_THREE),
        # other languages
        ("lundi, 28 novembre 2026 à 10h00", TEN),
        ("mar., 03 nov. 2026 10:00:00 +0000", "2026-11-03T10:00:00"),
        ("mar 3 mar 2026", "2026-03-03T00:00:00"),
        ("pt., 28 lis 2026 10:00", TEN),
        ("sábado, 28 de noviembre de 2026 3:07 p. m.", SEVEN_PAST_THREE),
        ("Sáb, 28 Nov 2026 10:00:00 +0000", TEN),
        ("28. November 2026 um 10:00 Uhr", TEN),
        ("28.11.2026 10.00", TEN),
        ("la 28. marraskuuta 2026 klo 10.00", TEN),
        ("28 ноября 2026 г. в 10:00", TEN),
        ("28 листопада 2026 р., 10:00", TEN),
        ("Σάββατο, 28 Νοεμβρίου 2026 3:07 μ.μ.", SEVEN_PAST_THREE),
        ("28 Kasım 2026 Cumartesi 10:00", TEN),
        ("Thứ Bảy, ngày 28 tháng 11 năm 2026 10:00", TEN),
        ("28 नवंबर 2026 10:00", TEN),
        ("٢٨ نوفمبر ٢٠٢٦ 10:00", TEN),
        ("28 十一月 2026 10:00", TEN),
        ("2026. november 28. 10:00", TEN),
        ("28th of November, 2026 at 10:00", TEN),
        ("Xyz, 28 Nov 2026 10:00:00 GMT", TEN),
        # the day before the month
        ("28/11/2026 10:00", TEN),
        ("03.12.2026", "2026-12-03T00:00:00"),
    ],
)
def test_dates_that_are_understood(text, moment):
    assert told(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "\x01 \x00",
        "0",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00/00/0000",
        "-0001-11-30T00:00:00+00:00",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "Sun, 30 Nov 0000 00:00:00 +0000",
        "0001-01-01T00:00:00Z",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "1/1/0001 12:00:00 AM",
        "Wed, 30 Nov -1 00:00:00 +0000",
        "Sat Jan 01 00:00:00 GMT 1",
        "November 30, -0001, 12:00 am",
        "Fri, 31 Dec 0000 19:03:58 -0456",
    ],
)
def test_what_software_writes_for_no_date_is_none(text):
    assert told(text) == "missing"


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 28 Nov 2026 10:00:00 XYZT",  # a zone that nobody knows
        "Sat, 28 Nov 2026 10:00:00 Mars/Base",
        "Sat, 28 Nov 2026 10:00:00 +3000",
        "Sat, 28 Nov 2026 10:00:00 PST JST",
        "01/02/2026",  # whose day, whose month?
        "05-06-2026 10:00",
        "18/03/14",
        "2026-11",
        "Nov 2026",
        "Published on 28 Nov 2026",
        "28 Nov 2026 10:00 - 11:00",
        "28 Nov 2026 or 29 Nov 2026",
    ],
)
def test_what_is_understood_by_half_is_unclear(text):
    assert told(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        *("just now", "12:30", "Friday", "Invalid Date", "NaN-NaN-NaN", "9" * 40, "x" * 5000, "[]"),
        *("2026年13月40日", "Sat, 31 Nov 2026 10:00:00 GMT", "2026-11-28 25:00", "Mon, 01 Jan 99999 00:00:00 GMT"),
        *("2026-11-28 15:07 AM", "2026-W60-1", "2026-400"),
    ],
)
def test_what_is_no_date_is_unreadable(text):
    assert told(text) == "unreadable"


PIECES = """
2026 28 11 1 0000 : / - + . , T Z am pm GMT JST Nov mar Sat 年 月 日 午後 오후 時 h uhr ( ) [ ] +0900 -03 W
Asia/Tokyo 00:00 10:00:00 10.30 m=+1 Date( ) 令和 tháng 1795860000 at XYZ 24:00 99
"""


@given(st.text(max_size=60) | st.lists(st.sampled_from([*PIECES.split(), " ", " ", " "]), max_size=14).map("".join))
def test_no_text_raises(text):
    ms, without = read_moment(text)
    assert (ms is None) == bool(without)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_each_moment_is_read_back_from_each_form(moment):
    moment = moment.replace(microsecond=0)
    for form in (
        *("%Y/%m/%d %H:%M:%S", "%Y.%m.%d %I:%M:%S %p", "%d %b %Y %H:%M:%S UTC", "%B %d, %Y %I:%M:%S%p"),
        *("%Y年%m月%d日 %H時%M分%S秒", "%a %b %d %H:%M:%S GMT %Y", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S"),
    ):
        assert told(moment.strftime(form)) == moment.isoformat(), form


def test_the_first_date_that_is_understood_counts():
    assert understood(["", "soon", "2026-11-28T10:00:00Z", "2026-11-29"]) == ("2026-11-28T10:00:00Z", 1_795_860_000_000)
    assert understood(["soon", "later"]) == ("soon", None)
    assert understood([]) == ("", None)


def test_the_names_of_months_and_weekdays_are_those_of_the_cldr():
    there = calendar_names()
    made = names()
    assert there.weekdays == frozenset(made["weekdays"])
    assert there.months == {name: number for number, of in enumerate(made["months"], 1) for name in of}
    assert len(there.months) == sum(map(len, made["months"])), "one name stands for two months"
