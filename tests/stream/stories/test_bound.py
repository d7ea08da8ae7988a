"""What is passed over without a look: it is never more probable than that, and would have come to nothing."""

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seeds.events import load_events
from stream.stories import open_stories, same_event
from stream.stories.bound import Others, most_probable, shared
from stream.stories.features import Features
from stream.stories.open_items import OpenTheme
from stream.stories.open_stories import OpenStoryIndex
from stream.stories.same_event import Similarity, Surroundings, same_event_probability
from stream.stories.word_index import WordIndex, telling
from tests.bench.open_items import candidates
from tests.stream.stories.test_open_items import row_of
from tests.stream.stories.words import extractor


@cache
def texts() -> list[Features]:
    """Of written events, so that some are of one event, some of one mould, and most of neither."""
    return [extractor().features(row.title, row.summary, row.lang) for row in load_events(None)[:400]]


LIKENESS = st.one_of(st.none(), st.floats(-0.3, 0.9))
SIGNS = st.lists(st.sampled_from([-1.0, 1.0]), min_size=len(same_event.WEIGHTS), max_size=len(same_event.WEIGHTS))


@given(st.randoms(use_true_random=False), LIKENESS, LIKENESS, st.floats(0, 96), SIGNS, st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_no_probability_is_greater_than_its_bound_whatever_the_evidence_weighs(
    chance: random.Random, meaning, maxsim, hours, signs, near
):
    first = chance.randrange(len(texts()) - 41)
    item, others = texts()[first], [texts()[first + 1 + near], *chance.sample(texts(), 8)]
    index, similarity = WordIndex(), Similarity(meaning, maxsim)
    for place, other in enumerate(others):
        index.add(place, telling(other, extractor()))
    every = np.ones(len(others), bool)

    def having(word: str) -> int:
        return index.count(word, every)

    with pytest.MonkeyPatch.context() as patch:
        weights = {
            name: tuple(sign * each for each in weighed)
            for sign, (name, weighed) in zip(signs, same_event.WEIGHTS.items(), strict=True)
        }
        patch.setattr(same_event, "WEIGHTS", weights if chance.random() < 0.5 else same_event.WEIGHTS)
        columns = Others(
            place=np.arange(len(others)),
            meaning=np.full(len(others), np.nan if meaning is None else meaning),
            maxsim=np.full(len(others), np.nan if maxsim is None else maxsim),
            hours=np.full(len(others), hours),
            weight=np.array([other.weight for other in others]),
            one_language=np.array([item.lang == other.lang for other in others]),
        )
        found = most_probable(item, columns, shared(item, columns, index, having, extractor()))
        for other, most in zip(others, found, strict=True):
            common = extractor().common(item, other)
            around = Surroundings(hours, {word: max(0, having(word) - 1) for word in common.words})
            assert same_event_probability([common], similarity, extractor(), around) <= most


@pytest.mark.parametrize("known", ["all", "no token vectors", "nothing"])
def test_what_is_passed_over_would_have_come_to_nothing(known, monkeypatch):
    rows = [row_of(each, known) for each in candidates(160, seed=11)]
    opened = OpenTheme()
    for row in rows[:120]:
        opened.put(row.item, row)
    index = OpenStoryIndex(opened, extractor())
    found = [index.assign(row) for row in rows[120:]]
    assert any(each.member for each in found)
    monkeypatch.setattr(open_stories, "most_probable", lambda _, others, __: np.ones(len(others.weight)))
    assert [index.assign(row) for row in rows[120:]] == found


def test_of_most_open_items_it_is_certain_that_they_are_apart(monkeypatch):
    rows, looked_at = [row_of(each) for each in candidates(300)], []
    opened = OpenTheme()
    for row in rows[:-20]:
        opened.put(row.item, row)
    exactly = same_event_probability
    monkeypatch.setattr(open_stories, "same_event_probability", lambda *all: looked_at.append(1) or exactly(*all))
    for row in rows[-20:]:
        OpenStoryIndex(opened, extractor()).assign(row)
    assert 0 < len(looked_at) < 20 * open_stories.LOOKED_AT / 3


def test_the_index_knows_who_has_a_word_and_forgets_who_is_gone():
    index, every = WordIndex(), np.ones(4, bool)
    index.add(0, ["chip", "#14"])
    index.add(2, ["chip", "court"])
    index.add(3, ["chip"])
    found = index.shared(["court", "new", "chip", "#14"], np.array([3, 2]))
    assert sorted(zip(*(each.tolist() for each in found), strict=True)) == [(0, 2), (1, 0), (1, 2)]
    assert index.count("chip", every) == 3
    assert index.count("chip", np.array([True, False, False, True])) == 2
    index.remove(2, ["chip", "court", "ordinary"])
    assert (index.count("chip", every), index.count("court", every)) == (2, 0)
    assert [each.size for each in index.shared(["court"], np.array([2]))] == [0, 0]
