"""What each filter of a subscription keeps away, and says of it."""

import pytest
from msgspec.structs import replace

from stream.matching.filters import never, refusal
from stream.patterns import word
from stream.records import Source
from tests.stream.matching.test_match import subscription
from tests.stream.stories.test_stages import alert

WIRE, DAILY = Source("Wire", "https://news.wire.example/1", "i1"), Source("Daily", "https://daily.example/2", "i2")


@pytest.mark.parametrize(
    ("asked", "told", "by"),
    [
        ({}, {}, ""),
        ({"themes": ("u",)}, {}, "theme"),
        ({"threshold": 0.95}, {}, "threshold"),
        ({"muted_until": 101}, {}, "mute"),
        ({"muted_until": 100}, {}, ""),
        ({"languages": ("fr", "en")}, {}, ""),
        ({"languages": ("fr",)}, {}, "language"),
        ({"languages": ("fr",)}, {"lang": ""}, "language"),
        ({"least_sources": 2}, {}, "least sources"),
        ({"least_sources": 2}, {"independent": 2}, ""),
        ({"sources": ("wire.example",)}, {"sources": (DAILY, WIRE)}, ""),
        ({"sources": ("WIRE",)}, {"sources": (WIRE,)}, ""),
        ({"sources": ("ire.example",)}, {"sources": (WIRE,)}, "source"),
        ({"not_sources": ("Daily",)}, {"sources": (DAILY,)}, "not source"),
        ({"not_sources": ("Daily",)}, {"sources": (DAILY, WIRE)}, ""),
        ({"words": ("chip",)}, {"title": "A chiplet is drawn"}, "word"),
        ({"words": ("chip",)}, {"title": "A CHIP, drawn"}, ""),
        ({"words": ("chip", "plug")}, {"title": "T", "summary": "of a plug"}, ""),
        ({"words": ("plug",)}, {"title": "T", "excerpt": "of a plug"}, ""),
        ({"words": ("chip  maker",)}, {"title": "The chip maker sues"}, ""),
        ({"words": ("標準",)}, {"title": "国際標準を改定"}, ""),
        ({"words": ("/ieee 802\\.\\d+/",)}, {"title": "ieee 802.3 is amended"}, ""),
        ({"not_words": ("opinion",)}, {"title": "Opinion: a plug for all"}, "not word: opinion"),
        ({"words": ("plug",), "not_words": ("opinion",)}, {"title": "Opinion: a plug for all"}, "not word"),
    ],
)
def test_a_filter_says_which_it_is(asked, told, by):
    said = refusal(subscription(**asked), replace(alert(), **told), 100)
    assert said.startswith(by)
    assert bool(said) == bool(by)


@pytest.mark.parametrize("text", ["", "  ", "/(/", "/(a*)*$/", "/x*/"])
def test_a_word_that_cannot_be_searched_for_is_refused_with_what_is_wrong(text):
    with pytest.raises(ValueError, match=r"\w"):
        word(text)


def test_an_expression_that_hangs_others_takes_its_time_in_proportion_to_the_text():
    assert not word("/^(([a-z])+.)+[A-Z]([a-z])+$/").search("a" * 100_000)


def test_filters_that_let_nothing_pass_are_seen():
    assert not never(subscription(words=("a", "b"), not_words=("a",)))
    assert "word" in never(subscription(words=("a",), not_words=("a", "b")))
    assert "source" in never(subscription(sources=("Wire",), not_sources=("wire",)))
