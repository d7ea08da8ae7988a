import json

import pytest

from classifiers.judging.classify import Classifier, Judgement
from classifiers.judging.text import Text
from classifiers.measuring.evaluate import EvaluationError, Gold, evaluate, evaluate_file
from classifiers.measuring.report_page import page
from tests.classifiers.samples import examples


def _judged(a: float, decision="unsure") -> Judgement:
    return Judgement({"a": a, "b": 0.0}, ("a",) if a >= 0.5 else (), decision, "en", (), "m")


def _gold(*themes: str) -> Gold:
    return Gold("x", themes, lang="en")


def test_the_figures():
    judgements = [_judged(1.0, "tagged"), _judged(0.6), _judged(0.0, "none"), _judged(0.0, "none")]
    report = evaluate(judgements, [_gold("a"), _gold(), _gold(), _gold("a")])
    assert report["items"] == 4
    assert report["themes"]["a"] == {
        "items": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5, "average_precision": 0.75, "ece": 0.4,
    }  # fmt: skip
    assert report["macro_f1"] == 0.25  # b is never there and never predicted
    assert report["false_alerts"] == 0.5
    assert report["coverage"] == 0.75
    assert report["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["ece"] == pytest.approx((0.6 + 1) / 8, abs=1e-4)
    assert report["languages"]["en"]["items"] == 4


def test_a_file(classifier: Classifier, tmp_path):
    path = tmp_path / "gold.jsonl"
    rows = [{"id": 1, "title": row.title, "summary": row.summary, "themes": row.themes} for row in examples()]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    report, pairs = evaluate_file(path, classifier.judge)
    assert report["items"] == len(rows) == len(pairs)
    assert report["average_precision"] > 0.95  # it was trained on them
    assert json.loads(json.dumps(report)) == report


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no labelled items"),
        ('{"title": "x", "themes": ["stirkes"]}', "no theme 'stirkes'; there are: floods, strikes"),
        ('{"title": "x"}', "line 1"),
        ("\n{", "line 2"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused(classifier: Classifier, tmp_path, text, message):
    path = tmp_path / "gold.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EvaluationError, match=message):
        evaluate_file(path, classifier.judge)


def test_the_page_shows_figures_and_mistakes_and_runs_nothing_of_an_item(classifier: Classifier):
    gold = [Gold(row.title, row.themes, row.summary, row.lang) for row in examples()]
    gold.append(Gold("<script>alert(1)</script> Dock workers vote to strike", ("floods",), "a & b", "en"))
    judgements = classifier.judge([Text(row.title, row.summary) for row in gold])
    html = page("file.jsonl", "m-1", evaluate(judgements, gold), list(zip(judgements, gold, strict=True)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<svg") == 4  # two themes, two plots each
    assert "<mark>" in html
    assert "predicted strikes</span>, labelled floods" in html
    assert "http" not in html  # it asks nothing of any other place
