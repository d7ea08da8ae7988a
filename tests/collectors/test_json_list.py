"""A list in a JSON document: by expressions, or found; what is no list, or of another form, is said."""

import json

import pytest

from collectors.parsing.json_list import ListFields, find_list, parse_list
from collectors.parsing.parsed import Parsed, ParseFailed

URL = "https://api.example/v1/list"
FIELDS = ListFields(items="data", title="t")


def parsed(document: object, fields: ListFields = FIELDS) -> Parsed | ParseFailed:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_list(body, "application/json", URL, fields=fields)


@pytest.mark.parametrize(
    ("document", "options"),
    [
        (
            [{"name": "v2", "html_url": "https://a/2", "id": 7, "published_at": "2024-05-06T00:00:00Z"}] * 2,
            {"items": "@", "title": "name", "link": "html_url", "id": "id", "published": "published_at"},
        ),
        (
            {"meta": [1, 2, 3], "Law-Suits": {"all": [{"title": "A", "url": "/a"}, {"title": "B", "url": "/b"}, 1]}},
            None,
        ),
        (
            {"a b": {"docs": [{"title": {"rendered": f"T{n}"}, "link": f"/{n}", "dateGmt": "x"} for n in range(3)]}},
            {"items": '"a b".docs', "title": "title.rendered", "link": "link", "published": "dateGmt"},
        ),
        ({"tags": ["a", "b"], "n": [{"id": 1}, {"id": 2}]}, None),
        ({}, None),
        ([], None),
        (3, None),
    ],
)
def test_a_list_of_objects_with_titles_is_found(document, options):
    found = find_list(json.dumps(document).encode(), "application/json", URL)
    if options is None:
        assert isinstance(found, ParseFailed)
    else:
        assert isinstance(found, Parsed)
        assert found.options == options
        again = parsed(document, ListFields(**options))
        assert isinstance(again, Parsed)
        assert again.entries == found.entries


@pytest.mark.parametrize(
    ("document", "kind", "says"),
    [
        (b"", "not_a_feed", "no JSON"),
        (b"<html>", "not_a_feed", "no JSON"),
        (b"[" * 300_000, "not_a_feed", "no JSON"),
        (b'{"data":' * 100_000, "not_a_feed", "no JSON"),
        ({"data": {"a": 1}}, "parse", "`data` finds no list"),
        ({"other": []}, "parse", "`data` finds no list"),
        ({"data": [None, 1, "x", []]}, "parse", "no element of `data`"),
        ({"data": [{"title": "renamed"}]}, "parse", "no element of `data`"),
        ({"data": [{"t": "x"}] * 25_001}, "too_large", "25,001"),
    ],
)
def test_what_is_no_such_list_is_said(document, kind, says):
    found = parsed(document)
    assert isinstance(found, ParseFailed)
    assert (found.kind, says in found.message) == (kind, True)


def test_an_empty_list_is_one_and_an_odd_element_is_named():
    assert isinstance(empty := parsed({"data": []}), Parsed)
    assert empty.entries == ()
    assert isinstance(odd := parsed({"data": [{"t": "x"}, None, {"t": ["a", "b", 3]}]}), Parsed)
    assert ([entry.title for entry in odd.entries], len(odd.warnings)) == (["x", "a, b, 3"], 1)


@pytest.mark.parametrize(
    ("given", "ms"),
    [
        (1_714_990_000, 1_714_990_000_000),
        ("1714990000", 1_714_990_000_000),
        (1_714_990_000_123, 1_714_990_000_123),
        ("2024-05-06T10:06:40Z", 1_714_990_000_000),
        (float("inf"), None),
        (10**400, None),
        (True, None),
        (None, None),
        ({"a": 1}, None),
    ],
)
def test_a_number_as_a_date_counts_from_1970(given, ms):
    found = parsed({"data": [{"t": "x", "at": given}]}, ListFields(items="data", title="t", published="at"))
    assert isinstance(found, Parsed)
    assert found.entries[0].published_ms == ms


def test_an_expression_that_fails_for_an_element_finds_nothing_in_it():
    fields = ListFields(items="data", title="t", link="join('/', ['https://a', id])")
    found = parsed({"data": [{"t": "x", "id": "7"}, {"t": "y", "id": 8}]}, fields)
    assert isinstance(found, Parsed)
    assert [entry.link for entry in found.entries] == ["https://a/7", ""]


def test_half_a_surrogate_and_markup_are_text():
    found = parsed(b'{"data": [{"t": "\\ud800 <script>x</script> CPU<GPU"}]}')
    assert isinstance(found, Parsed)
    assert found.entries[0].title == "? &lt;script&gt;x&lt;/script&gt; CPU&lt;GPU"
