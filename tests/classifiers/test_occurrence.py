"""How often a theme occurs: what is learned from answers, what is not, and what a model makes of it."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from classifiers.judging.model import from_bytes
from classifiers.labels.collected import AT_RANDOM, Labels, gathered
from classifiers.learning.occurrence import REFERENCE, added_log_odds, occurrences, shifted
from classifiers.learning.trainer import Trainer
from stream.delivering.feedback import ORIGIN as FEEDBACK
from stream.records import Label, ModelRecord, Occurrence
from tests.classifiers.test_labels import item, label
from tests.classifiers.test_model_cache import NO_LABELS, THEMES, own

__all__ = ["own"]

FALSE_ALERTS = 0.0005


def answers(origin: str, yes: int, no: int) -> list[Label]:
    said = [True] * yes + [False] * no
    return [
        replace(label(item(f"{origin} {n}"), "a" * one, "a" * (not one)), id=f"{origin} {n}", origin=origin)
        for n, one in enumerate(said)
    ]


def learned(*labels: Label, share: float | None = None) -> Occurrence:
    given = {} if share is None else {"a": share}
    (found,) = occurrences(gathered(labels), ["a"], given, FALSE_ALERTS)
    return found


def test_without_answers_a_theme_occurs_as_often_as_in_what_was_read():
    assert learned() == Occurrence("a", REFERENCE)
    assert added_log_odds(learned()) == 0


def test_items_drawn_at_random_move_it_by_as_much_as_they_are():
    few, many = learned(*answers(AT_RANDOM, 2, 98)), learned(*answers(AT_RANDOM, 6, 294))
    assert (many.random_yes, many.random_no) == (6, 294)
    assert REFERENCE < few.share < many.share < 6 / 300
    assert many.share == pytest.approx((REFERENCE * 1_695 + 6) / (1_695 + 300), rel=0.01)  # as a Beta prior has it
    assert learned(*answers(AT_RANDOM, 0, 300)).share < REFERENCE


def test_alerts_that_were_wrong_make_a_theme_rarer_and_right_ones_more_frequent():
    assert learned(*answers(FEEDBACK, 12, 1)).share > REFERENCE > learned(*answers(FEEDBACK, 1, 12)).share


def test_what_people_came_upon_or_were_asked_for_doubt_tells_nothing():
    assert learned(*answers("label next", 50, 5), *answers("label add", 40, 0)).share == REFERENCE


def test_an_answer_that_was_undone_or_is_disputed_does_not_count():
    first = answers(AT_RANDOM, 1, 0)[0]
    undone = replace(label(first.item, undoes=first.id), id="undone", origin=AT_RANDOM)
    against = replace(first, id="against", who="bob", yes=(), no=("a",))
    assert learned(first, undone) == learned(first, against) == learned()


def test_an_item_counts_once_however_many_were_asked():
    (first,) = answers(FEEDBACK, 1, 0)
    assert learned(first, replace(first, id="again", who="bob")).right == 1


@given(*[st.integers(0, 500)] * 4)
def test_what_is_learned_stays_within_a_factor_of_four(yes, no, right, wrong):
    found = learned(*answers(AT_RANDOM, yes % 40, no % 40), *answers(FEEDBACK, right, wrong)).share
    assert REFERENCE / 4 <= found <= REFERENCE * 4


def test_a_setting_outweighs_all_answers_and_is_not_bounded():
    assert learned(*answers(AT_RANDOM, 0, 100), share=0.05).share == 0.05
    assert learned(share=0.05).given


def test_odds_are_multiplied_by_how_much_more_often_a_theme_occurs():
    by = added_log_odds(Occurrence("a", 0.004))
    odds = shifted(0.5, by) / (1 - shifted(0.5, by))
    assert odds == pytest.approx((0.004 / 0.996) / (REFERENCE / (1 - REFERENCE)), rel=1e-3)
    assert shifted(shifted(0.3, by), -by) == pytest.approx(0.3)
    assert [shifted(at, by) for at in (0.0, 1.0)] == [0.0, 1.0]


def test_a_model_heeds_it_in_its_probabilities_and_its_card_says_so(own: Trainer):
    def record(**shares: float) -> ModelRecord:
        return dataclasses.replace(own, shares=shares).train(NO_LABELS, None, [], 1, lambda _: None)

    usual, often = record(), record(floods=0.01)
    one, other = (from_bytes(each.data).heads[-1] for each in (usual, often))
    more = added_log_odds(Occurrence("floods", 0.01))
    assert (other.bias - one.bias).tolist() == pytest.approx([more if each == "floods" else 0 for each in THEMES])
    assert np.array_equal(one.weights, other.weights)
    assert (one.tag_at, one.alert_at, one.sure_at) == (other.tag_at, other.alert_at, other.sure_at)
    assert "| floods | 10 | setting | 0 / 0 | 0 / 0 |" in often.card
    assert "| floods | 1 | answers | 0 / 0 | 0 / 0 |" in usual.card
    assert often.training_hash != usual.training_hash


def test_labels_tell_it_to_a_training(own: Trainer):
    labels = [replace(each, yes=("floods",)) for each in answers(FEEDBACK, 9, 0)]
    found = own.recipe(Labels(tuple((0, n, each) for n, each in enumerate(labels)), {"0": 9})).occurrences
    assert [each.right for each in found] == [9 if theme == "floods" else 0 for theme in THEMES]
