"""What statuses and headers come to."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.fetching.headers import max_age, printable, refusal, validator
from stream.net.retry_after import retry_after

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", 60), ("0", 0), ("-5", 0), ("1.5e3", 1500), ("99999999999", 86_400), ("inf", 0),
        ("nan", 0), ("", 0), ("soon", 0),
        (formatdate(NOW + 90, usegmt=True), 90), (formatdate(NOW - 90, usegmt=True), 0),
        (formatdate(NOW + 9e8, usegmt=True), 86_400), ("Mon, 99 Foo 2026 99:99:99 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after(text, seconds):
    assert retry_after(text, NOW) == pytest.approx(seconds)


@given(st.text())
def test_retry_after_takes_any_text(text):
    assert 0 <= retry_after(text, NOW) <= 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max-age=300", 300), ("public, Max-Age=60, must-revalidate", 60), ("s-maxage=9", 0),
        ("no-cache, max-age=60", 0), ("max-age=-1", 0), ("max-age=60, no-store", 0), ("", 0), ('max-age="10"', 10),
    ],
)  # fmt: skip
def test_max_age(text, seconds):
    assert max_age(text) == seconds


@pytest.mark.parametrize(
    ("status", "wait", "kind"),
    [
        (401, 0, "auth"), (403, 0, "auth"), (404, 0, "status"), (410, 0, "gone"), (429, 0, "rate_limited"),
        (503, 0, "status"), (503, 45, "rate_limited"), (500, 45, "status"), (304, 0, "status"), (204, 0, "status"),
        (206, 0, "status"), (999, 0, "status"),
    ],
)  # fmt: skip
def test_each_status_has_a_kind_and_a_sentence_that_names_it(status, wait, kind):
    got, message = refusal(status, wait)
    assert (got, str(status) in message) == (kind, True)


def test_validators_that_cannot_be_sent_back_are_dropped():
    assert validator('W/"1"') == 'W/"1"'
    assert validator('"' + "e" * 2000 + '"') == ""
    assert validator('"a\tb"') == ""


@given(st.text())
def test_printable_text_is_one_line(text):
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in printable(text))
