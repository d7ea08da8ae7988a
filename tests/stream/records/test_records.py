"""The records: what is written is read again, what is unknown is passed over, and what is newer is refused."""

from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream import records
from stream.records import Candidate, Dead, Feed, Item, Message, NewerVersion, Poll, Tagged, decode, encode

KINDS = [getattr(records, name) for name in records.__all__ if isinstance(getattr(records, name), type)]
KINDS = [kind for kind in KINDS if issubclass(kind, Message)]


GOLDEN = [
    msgspec.json.decode(line)
    for file in sorted((Path(__file__).parents[2] / "data" / "records").glob("*.jsonl"))
    for line in file.read_bytes().splitlines()
]
NUMBERS = {int: st.integers(-(1 << 63), (1 << 63) - 1), float: st.floats(allow_nan=False, allow_infinity=False)}


def made(hint: Any) -> st.SearchStrategy[Any]:
    """Anything of a type that JSON carries: structs, tuples, mappings and unions of such, and numbers in bounds."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        fields = {name: made(of) for name, of in get_type_hints(hint).items()}
        return st.builds(hint, **fields | ({"v": st.just(1)} if "v" in fields else {}))
    if get_origin(hint) is tuple and get_args(hint)[-1] is not ...:
        return st.tuples(*map(made, get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(made(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(*map(made, get_args(hint)), max_size=3)
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(map(made, get_args(hint)))
    return NUMBERS[hint] if hint in NUMBERS else st.from_type(hint)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_is_read_again(kind: type[Message], data: st.DataObject):
    message = data.draw(made(kind))
    assert decode(encode(message), kind) == message


@pytest.mark.parametrize("kind", KINDS)
def test_a_newer_major_version_is_refused_whatever_its_form(kind: type[Message]):
    for body in ({"v": 2}, {"v": 3, "id": ["another", "form"], "feed": {}}):
        with pytest.raises(NewerVersion, match=f"{kind.__name__} of version {body['v']}.* upgrade"):
            decode(msgspec.json.encode(body), kind)


def test_a_newer_version_that_would_still_fit_is_refused_too():
    with pytest.raises(NewerVersion):
        decode(encode(Feed(id="a", url="u", v=2)), Feed)


def test_fields_that_a_minor_version_added_are_passed_over():
    assert decode(b'{"v": 1, "id": "a", "url": "u", "added": [{"later": 1}]}', Feed) == Feed(id="a", url="u")


def test_a_record_without_a_version_is_of_the_first():
    assert decode(b'{"id": "a", "url": "u"}', Feed).v == 1


@pytest.mark.parametrize("data", [None, b"", b"no json", b"[]", b"7", b'{"v": 1}', b'{"v": "two"}', b"\xff"])
def test_what_is_no_record_is_told_as_such(data: bytes | None):
    with pytest.raises(msgspec.DecodeError):
        decode(data, Poll)


def test_a_dead_record_keeps_any_bytes():
    dead = Dead(stage="s", topic="t", partition=0, offset=0, key="k", value=bytes(range(256)), error="e", at=0)
    assert decode(encode(dead), Dead).value == bytes(range(256))


@pytest.mark.parametrize(("name", "kind"), [("item", Item), ("tagged", Tagged), ("candidate", Candidate)])
def test_what_was_written_before_an_item_had_a_carrier_is_read(name: str, kind: type[Message]):
    golden = (Path(__file__).parents[2] / "data" / "rows" / f"{name}.json").read_bytes()
    told = decode(golden, kind)
    item = told if isinstance(told, Item) else told.item if isinstance(told, Tagged) else told.tagged.item
    assert (item.title, item.source, item.via, item.source_url) == ("Neither guid nor link", "Desk", "", "")


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden["kind"])
def test_what_earlier_versions_wrote_is_read(golden):
    kind: type[Message] = getattr(records, golden["kind"])
    written = msgspec.to_builtins(decode(msgspec.json.encode(golden["record"]), kind))
    assert holds(written, golden["record"])


def holds(now: Any, before: Any) -> bool:
    """Whether all that a record said is still said; fields may have come."""
    if isinstance(before, dict):
        return all(holds(now[name], value) for name, value in before.items())
    if isinstance(before, list):
        return len(now) == len(before) and all(map(holds, now, before))
    return bool(now == before)
