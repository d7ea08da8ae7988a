"""Items of which the model was least sure are found without reading the others."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.index.doubt import doubt
from stream.index.queries import judged_items, most_doubtful
from stream.index.session import IndexRows, open_index
from stream.index.stage import find_item
from stream.log.records import Out
from stream.records import Tagged, decode, encode
from tests.stream.index.test_search import Index, index, tagged

__all__ = ["index"]

CHANCES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans(), st.booleans()), max_size=12
)


def judged(key: str, chance: float | None, unsure: bool = False, lang: str = "en") -> Out:
    out = tagged(key, key, lang=lang)
    made = decode(out.value or b"", Tagged)
    themes = {} if chance is None else {"t": chance}
    made = replace(made, themes=themes, tags=(), decision="unsure" if unsure else "none")
    return Out(out.topic, out.key, encode(made))


@given(CHANCES, st.sets(st.integers(0, 11)), st.integers(1, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_those_in_a_language_are_as_if_all_were_read_and_sorted(tmp_path_factory, chances, labelled, most):
    db = open_index(tmp_path_factory.mktemp("index") / "index.db")
    each = [judged(f"{n}", p, unsure, "en" if here else "de") for n, (p, unsure, here) in enumerate(chances)]
    Index(db).take(*each)
    but = {str(n) for n in labelled}
    docs = [doc for n in range(len(chances)) if (doc := find_item(IndexRows(db), f"{n}"))]
    wanted = sorted(
        (d for d in docs if d.item.lang == "en" and d.item.id not in but), key=lambda d: (-doubt(d), d.item.id)
    )
    assert list(most_doubtful(db, "en", but, most)) == wanted[:most]
    db.close()


def test_what_no_model_has_judged_is_neither_asked_for_nor_drawn(index):
    index.take(judged("a", 0.5), judged("b", None), judged("c", 0.1, lang="de"))
    assert [doc.item.id for doc in most_doubtful(index.db, "en", (), 9)] == ["a"]
    assert (sorted(judged_items(index.db)), judged_items(index.db, ["de"])) == (["a", "c"], ["c"])
