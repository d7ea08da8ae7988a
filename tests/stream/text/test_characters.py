"""Which characters a reader never sees."""

import pytest

from stream.text.characters import hidden


@pytest.mark.parametrize(
    "character", ["\x1b", "\u202e", "\u200b", "\ud800", "\ue000", "\ufffe", "\U0010ffff", "\U000e0041"]
)
def test_what_steers_or_is_nothing_is_hidden(character):
    assert hidden(character)


@pytest.mark.parametrize("character", ["a", "é", "中", "😀", "\U0001fae9", "\U0001fadf", "\U000323b0", "\u0378"])
def test_what_is_shown_or_newer_than_our_unicode_is_not(character):
    assert not hidden(character)
