"""How alike two texts are by their words."""

import pytest

from stream.text.likeness import numbers, overlap, say_the_same, words


def test_words_are_without_endings_numbers_and_short_common_ones():
    assert words("The patents of 3 GPU makers, AI 2.0") == {"patent", "gpu", "makers", "ai"}
    assert words("Les brevets") == words("les Brevet") == {"brevet"}
    assert words("特許訴訟") == {"特許", "許訴", "訴訟"}
    assert words("NVIDIAの特許") == {"nvidia", "の特", "特許"}


def test_numbers_are_versions_and_codes_in_their_order():
    assert numbers("Release v2.0 of b4120 fixes 3 bugs") == ("v2.0", "b4120", "3")
    assert numbers("１２") == ("12",)
    assert numbers("none") == ()


def test_an_overlap_is_of_the_smaller():
    assert overlap({1, 2}, {2, 3, 4}) == 0.5
    assert overlap(set(), {1}) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Chip maker sued over patents", ""), ("Chip maker in court over patents", ""), True),
        (("Chip maker sued over patents", ""), ("GPU cluster loses nodes", ""), False),
        (("Chip maker sued over patents", ""), ("Read this", "A chip maker is sued over its patents"), True),
        (("Engine release 4.1", ""), ("Engine release 4.2", ""), False),
        (("Outage hits 5 sites", ""), ("Outage hits sites", ""), True),
        (("Comments", ""), ("Chip maker sued over patents", ""), True),
        (("v4.1", ""), ("v4.2", ""), False),
        (("Improving Engine 5 safeguards", ""), ("Improving Engine 5's biology safeguards", ""), True),
    ],
)
def test_what_two_of_one_page_say(one, other, same):
    assert say_the_same(*one, *other) is say_the_same(*other, *one) is same
