"""A text that is only decoded worse is no edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.deciding.entries.flood import FloodLimits
from collectors.deciding.entries.novelty import decide_entries
from collectors.deciding.entries.seen import SeenEntries
from collectors.deciding.text.garbled import is_garbled, other_readings
from collectors.parsing.decoding import decoded
from collectors.parsing.parsed import Entry, Parsed
from stream.records import Feed

NOW = 1_715_000_000_000
TITLE = "Принят новый стандарт для шины"
TEXT = "Комиссия опубликовала стандарт"
ENTRY = Entry("urn:1", "https://desk.example/1", TITLE, TEXT, "", NOW - 1000, "ru")


def revisions(*polls: Entry) -> list[int]:
    """How many revisions each poll brings of an entry."""
    seen, found = SeenEntries({}), []
    for entry in polls:
        parsed = Parsed("F", "ru", "", (entry,))
        found.append(
            decide_entries(parsed, Feed(id="f", url="https://desk.example/f"), "F", seen, FloodLimits(1, 9), NOW)
        )
    return [each.revised for each in found]


def read_as(text: str, meant: str, taken: str) -> str:
    """A text written in one encoding and read in another."""
    return decoded(b"<t>" + text.encode(meant), f"text/xml; charset={taken}").removeprefix("<t>")


def wrongly(text: str) -> str:
    return text.encode().decode("latin-1")


@pytest.mark.parametrize(
    "worse",
    [
        replace(ENTRY, title=TITLE[:-1] + "\ufffd"),
        replace(ENTRY, summary=TEXT[:-3] + "\ufffd"),
        replace(ENTRY, title=wrongly(TITLE)),
        replace(ENTRY, title=wrongly(TITLE), summary=wrongly(TEXT)),
        replace(ENTRY, title=TITLE.encode().decode("cp1251", "replace"), summary=TEXT.encode().decode("koi8-r")),
        replace(ENTRY, title=read_as(TITLE, "cp1251", "windows-1252"), summary=read_as(TEXT, "koi8-r", "latin1")),
    ],
)
def test_a_worse_decoding_is_no_revision_nor_is_the_return_of_the_better_one(worse):
    assert revisions(ENTRY, worse, worse, ENTRY, worse) == [0] * 5


def test_a_true_edit_is_a_revision_also_where_another_field_is_broken():
    edited = replace(ENTRY, title="Новый стандарт отозван", summary="Коми\ufffd")
    assert revisions(ENTRY, edited, edited, ENTRY) == [0, 1, 0, 1]


def test_a_better_decoding_than_the_first_is_one():
    assert revisions(replace(ENTRY, title=wrongly(TITLE)), ENTRY) == [0, 1]


@pytest.mark.parametrize(
    ("text", "meant", "taken"),
    [
        ("標準規格を改正", "cp932", "windows-1252"),
        ("표준 규격 개정", "cp949", "windows-1252"),
        ("国家标准发布", "gb18030", "windows-1252"),
        ("国家标准发布", "utf-8", "gbk"),
        ("Größere Störung – „neu“", "utf-8", "windows-1252"),
        ("Größere Störung", "utf-8", "windows-1250"),
        ("Ελλάδα", "cp1253", "windows-1252"),
    ],
)
def test_every_reading_that_loses_nothing_is_seen_through(text, meant, taken):
    taken = {"gbk": "gb18030", "windows-1250": "cp1250"}.get(taken, taken)
    garbled = read_as(text, meant, taken) if meant != "utf-8" else text.encode().decode(taken, "surrogateescape")
    assert text in list(other_readings(garbled))


def test_another_text_is_not_garbled():
    assert not is_garbled("Größere Störung", lambda text: text == "Kleinere Störung")
    assert not is_garbled("plain", lambda text: True)


@given(st.text(max_size=50))
def test_any_text_is_taken(text):
    is_garbled(text, lambda _: False)
