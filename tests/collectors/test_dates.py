"""What is made of the dates of the world, and how far they are trusted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.dates import dated

NOW = 1_800_000_000_000
DAY = 86_400_000
QUALITIES = {"trusted", "missing", "unreadable", "future", "ancient"}


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("parsed", "text", "expected"),
    [
        (NOW - 5, "as given", (NOW - 5, "trusted")),
        (NOW + DAY, "a clock in another zone", (NOW, "trusted")),
        (NOW + DAY + 1, "next week", (NOW, "future")),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT", (NOW, "ancient")),
        (ms(1989, 12, 31), "1989-12-31", (NOW, "ancient")),
        (ms(1990, 1, 1), "1990-01-01", (ms(1990, 1, 1), "trusted")),
        (None, "", (NOW, "missing")),
        (None, " \n", (NOW, "missing")),
        (None, "just now", (NOW, "unreadable")),
        (None, "Mon, 01 Jan 99999 00:00:00 GMT", (NOW, "unreadable")),
        (None, "9" * 40, (NOW, "unreadable")),
    ],
)
def test_a_date_has_a_quality_and_a_stand_in(parsed, text, expected):
    assert dated(parsed, text, NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Xyz, 25 Nov 2020 02:56:05 GMT", ms(2020, 11, 25, 2, 56, 5)),
        ("lundi, 3 février 2025 10:00:00 +0100", ms(2025, 2, 3, 9)),
        ("Seg, 24 Set 2018 19:42:40 -0300", ms(2018, 9, 24, 22, 42, 40)),
        ("Di., 3. März 2020", ms(2020, 3, 3)),
        ("13/02/2024", ms(2024, 2, 13)),
        ("5 мая 2024 10:00", ms(2024, 5, 5, 10)),
        ("5 Μαΐ 2024", ms(2024, 5, 5)),
        ("2024年5月6日 12時34分", ms(2024, 5, 6, 12, 34)),
        ("2024年5月6日下午1:02", ms(2024, 5, 6, 13, 2)),
        ("2024년 05월 06일 오후 12:02:03", ms(2024, 5, 6, 12, 2)),
        ("2024-05-06 07:08", ms(2024, 5, 6, 7, 8)),
    ],
)
def test_dates_in_other_words_are_read(text, expected):
    assert dated(None, text, NOW) == (expected, "trusted")


@pytest.mark.parametrize("text", ["01/02/2024", "18/03/14", "Oct 2020", "12:30", "Friday", "2024年13月40日"])
def test_a_date_that_says_too_little_is_not_guessed(text):
    assert dated(None, text, NOW) == (NOW, "unreadable")


def test_what_the_parser_makes_of_an_east_asian_date_is_not_believed():
    assert dated(ms(2024, 11, 1), "2024年11月25日", NOW) == (ms(2024, 11, 25), "trusted")


@given(st.none() | st.integers(-(10**16), 10**16), st.text(max_size=60), st.integers(ms(2000, 1, 1), ms(2100, 1, 1)))
def test_no_date_raises_or_lies_ahead(parsed, text, first_seen):
    when, quality = dated(parsed, text, first_seen)
    assert quality in QUALITIES
    assert ms(1990, 1, 1) <= when <= first_seen
    assert quality == "trusted" or when == first_seen


@pytest.mark.parametrize(
    ("text", "hour"), [("10:00:00 CET", 9), ("10:00:00 CEST", 8), ("10:00:00 JST", 1), ("10:00:00 GMT", 10)]
)
def test_zones_that_feedparser_takes_for_utc(text, hour):
    assert dated(ms(2026, 11, 23, 10), f"Mon, 23 Nov 2026 {text}", NOW) == (ms(2026, 11, 23, hour), "trusted")


def test_november_in_finnish_is_not_march():
    assert dated(ms(2026, 3, 17), "17 marraskuuta 2026", NOW) == (ms(2026, 11, 17), "trusted")


@pytest.mark.parametrize("text", ["17 Νοεμβρίου 2026", "17. marraskuuta 2026", "17 November 2026", "17 Novembris 2026"])
def test_months_in_further_languages(text):
    assert dated(None, text, NOW) == (ms(2026, 11, 17), "trusted")
