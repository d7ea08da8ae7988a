"""Names, numbers and words of a text, in the scripts of fifteen languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stream.stories.words import extractor


def features(title: str, lang: str = "en", summary: str = ""):
    return extractor().features(title, summary, lang)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("The ruling against Skandara stands", "en"), ("Решение против «Скандары» остаётся в силе", "ru")),
        (("The ruling against Skandara stands", "en"), ("스칸다라 판결 확정", "ko")),
        (("The ruling against Skandara stands", "en"), ("スカンダラの敗訴が確定", "ja")),
        (("The ruling against Skandara stands", "en"), ("Η απόφαση κατά της Σκανδάρα ισχύει", "el")),
        (("Failure report of Chenghai published", "en"), ("澄海智能公布故障报告", "zh")),
        (("L'enquête de l'Ostravel continue", "fr"), ("Ostravelin tutkinta jatkuu", "fi")),
    ],
)
def test_a_name_is_found_again_in_another_script_or_form(one, other):
    assert features(*one).names & features(*other).names


def test_other_names_have_nothing_in_common():
    assert not features("The ruling against Skandara stands").names & features("Решение против «Тельмиры»", "ru").names


def test_ordinary_words_are_no_names():
    found = features("The Court Rules On The Training Of Models")
    assert not found.names
    assert not found.named


def test_where_every_noun_has_a_capital_names_are_not_told_from_words():
    assert features("Das Gericht gab Skandara recht", "de").names
    assert not features("Das Gericht gab Skandara recht", "de").named
    assert features("The court sided with Skandara").named


@pytest.mark.parametrize(
    ("one", "other"),
    [("14 million", "1400万"), ("120B", "1200億"), ("8,192", "8 192"), ("8.192", "8192"), ("1,4 miljardia", "14億")],
)
def test_a_number_is_one_however_it_is_written(one, other):
    assert features(one).numbers == features(other).numbers != frozenset()


def test_a_single_digit_says_nothing():
    assert not features("Part 3 of 5").numbers


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "zh", "", "de"]))
def test_any_text_has_marks(title, summary, lang):
    found = features(title, lang, summary)
    assert found.lang == lang
    assert 0.0 <= extractor().common(found, found).overlap <= 1.0
