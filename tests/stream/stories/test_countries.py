"""Countries as headlines write them, in fifteen languages."""

from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.stories.countries import countries_in

LINES = [
    line.split("\t")
    for line in files("stream.stories").joinpath("countries.tsv").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Munich court sides with the publisher"),
        ("de", "Ein deutsches Gericht gibt dem Verlag recht"),
        ("fi", "Saksalainen tuomioistuin asettui kustantajan puolelle"),
        ("fr", "Un tribunal allemand donne raison à l'éditeur"),
        ("es", "Un juzgado de Múnich da la razón al editor"),
        ("pt", "Tribunal alemão dá razão à editora"),
        ("it", "Il tribunale di Monaco di Baviera dà ragione all'editore"),
        ("ru", "Немецкий суд встал на сторону издателя"),
        ("el", "Γερμανικό δικαστήριο δικαιώνει τον εκδότη"),
        ("ko", "독일 법원, 출판사 손 들어줘"),
        ("ja", "ドイツの裁判所、出版社の主張を認める"),
        ("zh", "德国法院支持出版商"),
        ("id", "Pengadilan Jerman memenangkan penerbit"),
        ("la", "Iudices Germaniae pro editore"),
        ("sa", "जर्मनी-देशस्य न्यायालयः प्रकाशकम् अनुमन्यते"),
    ],
)
def test_a_country_is_one_in_every_language(lang: str, text: str):
    assert countries_in(text, lang) == {"DE"}


def test_the_longest_name_counts():
    assert countries_in("Ireland and Northern Ireland", "en") == {"IE", "GB"}
    assert countries_in("罗马尼亚", "zh") == {"RO"}
    assert countries_in("印度尼西亚", "zh") == {"ID"}


def test_a_short_name_counts_in_capitals_only():
    assert countries_in("The US sues", "en") == {"US"}
    assert countries_in("They sue us", "en") == set()


def test_a_name_within_a_word_is_none():
    assert countries_in("The maker of cochinchina prints", "en") == set()
    assert countries_in("A text in a language of which there are no names: Deutschland", "xx") == set()


def test_each_name_is_of_one_country_and_each_country_has_names_in_each_language():
    names = Counter((lang, name) for _, lang, entries in LINES for name in entries.split(" "))
    assert [name for name, count in names.items() if count > 1] == []
    assert all(name.strip("=_") for _, name in names)
    assert len({(code, lang) for code, lang, _ in LINES}) == len(LINES) == 83 * 15


@given(st.text(max_size=80), st.sampled_from(sorted({lang for _, lang, _ in LINES})))
def test_any_text_has_places_or_none(text: str, lang: str):
    assert countries_in(text, lang) <= {code for code, _, _ in LINES}
    assert countries_in(f"{text} Ισπανία ISPANIA", "el") >= {"ES"}
