"""What may be of a theme: a few of all items, old ones by their words and by what was said of them among them."""

from msgspec.structs import replace

from stream.index.candidates import theme_candidates
from stream.log.records import Out
from stream.records import Tagged, decode, encode
from tests.stream.index.test_search import Index, index, tagged

__all__ = ["index"]

ABOUT = "Export controls on lithography machines"


def likely(out: Out, probability: float) -> Out:
    made = decode(out.value, Tagged)
    return Out(out.topic, out.key, encode(replace(made, themes={"t": probability})))


def filled(index: Index) -> None:
    """Three old items and very many that are new."""
    index.take(
        likely(tagged("words", "Lithography needs a licence", 1), 0.1),
        likely(tagged("chance", "Something else", 2), 0.8),
        likely(tagged("joined", "最新半导体管制", 3, lang="zh"), 0.1),
        *(likely(tagged(f"new{n}", f"Ordinary news {n}", 1_000 + n), 0.2) for n in range(200)),
    )


def found(index: Index, known: str, each: int, **other) -> list[str]:
    return [doc.item.id for doc in theme_candidates(index.db, "t", [known], each, **other)]


def test_an_old_item_is_found_by_words_and_by_probability_among_many_new_ones(index):
    filled(index)
    names = found(index, ABOUT, 1)
    assert names[:2] == ["words", "chance"]
    assert len(names) <= 3


def test_words_of_scripts_without_spaces_are_found(index):
    filled(index)
    assert found(index, "先进半导体", 1)[0] == "joined"


def test_without_words_a_spread_over_all_times_is_left(index):
    filled(index)
    names = found(index, "", 4)
    assert {"words", "new199"} <= set(names)  # the first and the last
    assert len(names) <= 8


def test_what_is_known_already_and_other_languages_are_not_asked_for(index):
    filled(index)
    assert not {"words", "chance"} & set(found(index, ABOUT, 3, but={"words", "chance"}))
    assert found(index, ABOUT, 3, langs=["zh"]) == ["joined"]


def test_an_empty_archive_has_none(index):
    assert found(index, ABOUT, 3) == []
