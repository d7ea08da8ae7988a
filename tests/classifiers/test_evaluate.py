import json

import pytest

from classifiers.judging.classify import Classifier, Judgement
from classifiers.measuring.evaluate import EvaluationError, Gold, evaluate, evaluate_file
from tests.classifiers.samples import examples


def _judged(a: float, decision="unsure") -> Judgement:
    return Judgement({"a": a, "b": 0.0}, ("a",) if a >= 0.5 else (), decision, "en", (), "m")


def _gold(*themes: str) -> Gold:
    return Gold("x", themes, lang="en")


def test_the_figures():
    judgements = [_judged(1.0, "tagged"), _judged(0.6), _judged(0.0, "none"), _judged(0.0, "none")]
    report = evaluate(judgements, [_gold("a"), _gold(), _gold(), _gold("a")])
    assert report["items"] == 4
    assert report["themes"]["a"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert report["macro_f1"] == 0.25  # b is never there and never said
    assert report["false_alerts"] == 0.5
    assert report["coverage"] == 0.75
    assert report["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert report["ece"] == pytest.approx((0.6 + 1) / 8, abs=1e-4)
    assert report["languages"]["en"]["items"] == 4


def test_a_file(classifier: Classifier, tmp_path):
    path = tmp_path / "gold.jsonl"
    rows = [{"id": 1, "title": row.title, "summary": row.summary, "themes": row.themes} for row in examples()]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    report = evaluate_file(path, classifier)
    assert report["items"] == len(rows)
    assert report["average_precision"] > 0.95  # it was trained on them
    assert json.loads(json.dumps(report)) == report


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no labelled items"), ('{"title": "x"}', "line 1"), ("\n{", "line 2"), (None, "cannot be read")],
)
def test_a_wrong_file_is_refused(classifier: Classifier, tmp_path, text, message):
    path = tmp_path / "gold.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(EvaluationError, match=message):
        evaluate_file(path, classifier)
