"""What each filter of a subscription keeps away, and says of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.matching.filters import never, refusal
from stream.records import Source
from stream.text.patterns import any_of, first_of, found, has_any
from tests.stream.matching.test_stage import subscription
from tests.stream.stories.test_stages import alert

PLANET = Source("Wire", "https://planet.example/1", "i3", via="Planet", site="https://www.wire.example/")
WIRE, DAILY = Source("Wire", "https://news.wire.example/1", "i1"), Source("Daily", "https://daily.example/2", "i2")


def word(text: str):
    (made,) = any_of((text,))
    return made


@pytest.mark.parametrize(
    ("asked", "told", "by"),
    [
        ({}, {}, ""),
        ({"themes": ("u",)}, {}, "theme"),
        ({"threshold": 0.95}, {}, "threshold"),
        ({"threshold": 0.0}, {}, ""),
        ({"threshold": 0.0}, {"sure": False}, "unsure"),
        ({"threshold": 0.0, "unsure": True}, {"sure": False}, ""),
        ({"threshold": 0.5}, {"sure": False}, ""),
        ({"threshold": 0.95, "unsure": True}, {"sure": False}, "threshold"),
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
        ({"sources": ("planet",)}, {"sources": (PLANET,)}, ""),
        ({"sources": ("wire.example",)}, {"sources": (PLANET,)}, ""),
        ({"sources": ("planet.example",)}, {"sources": (PLANET,)}, ""),
        ({"not_sources": ("Wire",)}, {"sources": (PLANET,)}, "not source"),
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


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("NVIDIA", "NVIDIAのGPUが故障"),
        ("gpu", "大规模GPU集群训练中断"),
        ("GPU", "최신GPU가 멈췄다"),
        ("엔비디아", "엔비디아가 발표했다"),
        ("표준", "새 국제표준을 제정"),
        ("標準", "国際標準化機構"),
        ("มาตรฐาน", "ออกมาตรฐานใหม่"),
        ("802.11", "規格802.11を改定"),
        ("GPU", "ＧＰＵ が止まる"),
        ("ＧＰＵ", "the GPU stops"),
        ("サーバー", "ｻｰﾊﾞｰ障害"),
        ("ｻｰﾊﾞｰ", "サーバー障害"),
        ("café", "A cafe\u0301 opens"),
        ("cafe\u0301", "A café opens"),
        ("학습", unicodedata.normalize("NFD", "학습이 중단")),
        ("GPU-Ausfall", "Ein GPU\u2011Ausfall"),
        ("GPU\u2011Ausfall", "Ein GPU-Ausfall"),
        ("GPU-Ausfall", "Ein GPU\u2013Ausfall"),
        ("Patentstreit", "Ein Patent\u00adstreit"),
        ("chip maker", "The chip\u00a0maker sues"),
        ("chip\u3000maker", "The chip maker sues"),
        ("patent's", "The patent\u2019s end"),
        ("株", "㈱メモリ"),
        ("/gpu \\d+/", "ｇｐｕ ４"),
        ("чип", "Новый «чип»"),
        ("C++", "Why C++17 compiles slowly"),
        (".NET", "ASP.NET is fixed"),
    ],
)
def test_a_word_is_found_however_it_is_written(sought, text):
    assert refusal(subscription(words=(sought,)), replace(alert(), title=text), 100) == ""
    assert refusal(subscription(not_words=(sought,)), replace(alert(), title="T", summary=text), 100)


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("GPU", "GPUs and eGPU and GPU2"),
        ("chip", "chip\u00adlet"),
        ("cafe", "A cafe\u0301 opens"),
        ("cafe", "A café opens"),
        ("चिप", "चिपों का मुकदमा"),
        ("чип", "чиплет"),
        ("標準", "标准"),
        ("GPU", "GPU₂"),
        ("/GPU/", "gpu"),
    ],
)
def test_a_part_of_a_word_is_not_the_word(sought, text):
    assert refusal(subscription(words=(sought,)), replace(alert(), title=text, summary=""), 100)


@pytest.mark.parametrize(
    ("sought", "text", "span"),
    [
        ("/GPU/", "Two GPU here", "GPU"),
        ("/GPU/", "Two  ＧＰＵ here", "ＧＰＵ"),
        ("/サーバー/", "障害 ｻｰﾊﾞｰ で", "ｻｰﾊﾞｰ"),
        ("/é/", "caf e\u0301 x", "e\u0301"),
        ("/株/", "A㈱B", "㈱"),
        ("/a-b/", "x a\u00ad\u2011b y", "a\u00ad\u2011b"),
    ],
)
def test_where_it_is_found_is_told_in_the_text_as_it_is(sought, text, span):
    at = found(word(sought), text)
    assert at is not None
    assert text[slice(*at)] == span


@given(st.text(max_size=40), st.text(min_size=1, max_size=8))
def test_any_word_is_found_where_it_stands_by_itself(text, sought):
    try:
        pattern = word(sought)
    except ValueError:
        return
    at = found(pattern, f"{text} {sought} {text}")
    assert at is not None
    assert 0 <= at[0] < at[1] <= 2 * len(text) + len(sought) + 2


WORDS = tuple(f"word{number}" for number in range(300))


@given(
    st.sets(
        st.sampled_from(["chip", "GPU", "/ieee 8.*/", "/a|b$/", "標準", "NCCL error", "C++", "!", "plug"]), max_size=6
    ),
    st.lists(
        st.sampled_from(["chip", "chiplet", "gpu", "国際標準化", "nccl  error", "ieee 802", "c++", "x!", "b"]),
        max_size=5,
    ),
)
def test_many_words_together_are_found_where_one_of_them_is(sought, said):
    text, words = " ".join(said), tuple(sorted(sought))
    each = [one for one in words if found(word(one), text)]
    assert has_any(words, "", text) == bool(each)
    assert first_of(words, "", text) == (each[0] if each else "")


def test_however_many_words_there_are_they_are_few_patterns():
    assert len(any_of((*WORDS, *(f"{one}!" for one in WORDS)))) == 2
    assert first_of(WORDS, f"of {WORDS[222]} and {WORDS[111]}") == WORDS[111]


def test_a_word_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"'/\(/'"):
        any_of(("chip", "/(/"))
