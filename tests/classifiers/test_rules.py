"""Rules in front of the classifier."""

from pathlib import Path

import pytest

from classifiers.judging.classify import Judgement
from classifiers.judging.rules import RulesError, load_rules
from classifiers.judging.text import Text
from stream.records import Reason

THEMES = ("strikes", "floods")


def judged(*tags: str, decision: str = "") -> Judgement:
    themes = {theme: 0.9 if theme in tags else 0.1 for theme in THEMES}
    said = decision or ("tagged" if tags else "none")
    return Judgement(themes, tags, said, "en", tuple(Reason(t, "title", 0, 3, 0.5) for t in tags), "m-1")


def rules(tmp_path: Path, text: str):
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return load_rules(path, THEMES)


DOCKERS = """
[[rule]]
id = "dockers"
theme = "strikes"
must = '(?i)dock\\w* +(strike|walk out)'
[[rule]]
id = "bowling"
theme = "strikes"
must_not = '(?i)\\bbowling\\b|ボウリング'
"""


def test_a_must_gives_the_theme_with_its_words_as_the_reason(tmp_path):
    text = Text("Ports at a standstill", "The dockers walk out — 三日")
    ruled = rules(tmp_path, DOCKERS).apply(text, judged("floods", decision="unsure"))
    assert ruled.tags == ("strikes", "floods")
    assert ruled.themes == {"strikes": 1.0, "floods": 0.9}
    assert (ruled.decision, ruled.rule, ruled.model) == ("tagged", "dockers", "m-1")
    assert ruled.reasons[0] == Reason("strikes", "summary", 4, 20, 1.0)
    assert text.summary[4:20] == "dockers walk out"


def test_a_must_not_takes_it_away_and_outweighs_a_must(tmp_path):
    both = rules(tmp_path, DOCKERS)
    gone = both.apply(Text("ボウリング大会でストライク"), judged("strikes"))
    assert (gone.tags, gone.decision, gone.rule, gone.reasons) == ((), "none", "bowling", ())
    assert gone.themes["strikes"] == 0.0
    ruled = both.apply(Text("Dockers strike at bowling"), judged())
    assert (ruled.tags, ruled.rule) == ((), "dockers,bowling")


def test_a_pattern_is_found_however_a_text_is_written(tmp_path):
    text = Text("ＤＯＣＫＥＲＳ walk\u00a0out")
    (reason,) = rules(tmp_path, DOCKERS).apply(text, judged()).reasons
    assert text.title[reason.start : reason.end] == text.title


def test_what_matches_nothing_is_left_as_it_is(tmp_path):
    assert rules(tmp_path, DOCKERS).apply(Text("A choir sings"), judged("floods")) == judged("floods")
    assert load_rules(tmp_path / "none.toml", THEMES).apply(Text("x"), judged()) == judged()


def test_a_pattern_that_would_hang_others_does_not(tmp_path):
    slow = rules(tmp_path, '[[rule]]\nid = "x"\ntheme = "strikes"\nmust = "(a+)+$"\n')
    assert slow.apply(Text("a" * 100_000 + "b"), judged()) == judged()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule]]\nid='x'\ntheme='strikes'\nmust='(open'", "rule 'x', is refused: missing"),
        ("[[rule]]\nid='x'\ntheme='strikes'\nmust='(a)\\1'", "rule 'x', is refused"),
        ("[[rule]]\nid='x'\ntheme='strikes'\nmust='a*'", "matches every text"),
        ("[[rule]]\nid='x'\ntheme='strikes'", "one pattern"),
        ("[[rule]]\nid='x'\ntheme='strikes'\nmust='a'\nmust_not='b'", "one pattern"),
        ("[[rule]]\nid='x y'\ntheme='strikes'\nmust='a'", "a-z, 0-9"),
        ("[[rule]]\nid='x'\ntheme='floods'\nmust='a'\n[[rule]]\nid='x'\ntheme='floods'\nmust='b'", "two rules"),
        ("[[rule]]\nid='x'\ntheme='chess'\nmust='a'", "no theme 'chess'"),
        ("[[rule]]\nid='x'\ntheme='floods'\nmsut='a'", "cannot be read"),
        ("[[rule", "cannot be read"),
    ],
)
def test_a_bad_rule_is_refused_with_a_sentence(tmp_path, text, says):
    with pytest.raises(RulesError, match=says):
        rules(tmp_path, text)
