"""What is made of the dates of the world, and how far they are trusted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.deciding.entries.dates import dated
from stream.records import DATE_QUALITIES
from stream.units import DAY

NOW = 1_800_000_000_000
QUALITIES = set(DATE_QUALITIES) - {"now"}


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
    ("text", "quality"),
    [
        ("0000-00-00 00:00:00", "missing"),
        ("Wed, 30 Nov -0001 00:00:00 +0000", "missing"),
        ("01/02/2024", "unclear"),
        ("Sat, 28 Nov 2026 10:00:00 XYZT", "unclear"),
        ("soon", "unreadable"),
    ],
)
def test_a_date_that_is_not_wholly_understood_is_not_trusted(text, quality):
    assert dated(None, text, NOW) == (NOW, quality)


@given(st.none() | st.integers(-(10**16), 10**16), st.text(max_size=60), st.integers(ms(2000, 1, 1), ms(2100, 1, 1)))
def test_no_date_raises_or_lies_ahead(parsed, text, first_seen):
    when, quality = dated(parsed, text, first_seen)
    assert quality in QUALITIES
    assert ms(1990, 1, 1) <= when <= first_seen
    assert quality == "trusted" or when == first_seen
