"""The index lets go what its topics have let go, and is then as one that was made of what is left."""

from msgspec.structs import replace

from stream.index import retention
from stream.index.retention import ALERTS_KEPT, ITEMS_KEPT, prune_index
from stream.log.records import Out
from stream.records import Source, Tagged, decode, encode
from stream.units import DAY
from tests.stream.index.test_search import Index, alert, index, tagged

__all__ = ["index"]

NOW = 500 * DAY
LEFT = {
    "row": "SELECT name, key FROM row ORDER BY 1, 2",
    "item": "SELECT id FROM item ORDER BY 1",
    "item_theme": "SELECT theme, number FROM item_theme ORDER BY 1, 2",
    "alert": "SELECT id FROM alert ORDER BY 1",
    "alert_source": "SELECT name, number FROM alert_source ORDER BY 1, 2",
}


def linked(out: Out, url: str, at: int = 0) -> Out:
    made = decode(out.value, Tagged)
    return replace_value(out, encode(replace(made, item=replace(made.item, url=url), at=at)))


def replace_value(out: Out, value: bytes) -> Out:
    return Out(out.topic, out.key, value)


def left(index: Index) -> dict[str, list[object]]:
    return {table: index.db.read(query) for table, query in LEFT.items()}


def test_what_is_left_is_as_if_nothing_else_had_been(index, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    old, young = NOW - ITEMS_KEPT - 1, NOW - ITEMS_KEPT + 1
    kept = [
        linked(tagged("young", "Quantum frames", young, ["t"]), "https://s.example/young"),
        linked(tagged("again", "Read again", old), "https://s.example/again", at=young),
        alert("a-young", "Quantum frames", NOW - ALERTS_KEPT + 1, sources=[Source("S", "", "young")]),
    ]
    index.take(*kept)
    expected = left(index)
    index.take(
        *(linked(tagged(f"o{n}", f"Forgotten {n}", old, ["t"]), f"https://s.example/{n}") for n in range(5)),
        alert("a-old", "Forgotten too", NOW - ALERTS_KEPT - 1, sources=[Source("Gone", "", "gone")]),
    )
    assert index.items(words="forgotten")
    assert sum(prune_index(index.db, NOW)) == 6
    found = left(index)
    # what is known of feeds stays as it was, and so does a note that an alert without its item has left
    ours = {("activity", "f"), ("early", "gone")}
    assert {**found, "row": [row for row in found["row"] if row not in ours]} == {
        **expected,
        "row": [row for row in expected["row"] if row not in ours],
    }
    assert (index.items(words="forgotten"), index.alerts(words="forgotten")) == ([], [])
    assert index.items(words="quantum") == ["young"]
    assert sum(prune_index(index.db, NOW)) == 0
