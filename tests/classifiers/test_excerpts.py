"""What of a long item goes on from the tag stage: the passage that counts, and reasons that point into it."""

from msgspec.structs import replace

from classifiers.excerpts import passed_on, shown_reasons
from classifiers.judging.classify import Judgement
from classifiers.judging.text import Span
from stream.records import Reason
from tests.classifiers.test_labels import item

TEXT = "A greeting.\nDrivers walk out\nover pay.\nThe end."
START, END = TEXT.index("Drivers"), TEXT.index("\nThe end")
VERDICT = Judgement(
    {"a": 0.9, "b": 0.1},
    ("a",),
    "tagged",
    "en",
    (Reason("a", "text", TEXT.index("walk"), TEXT.index("walk") + 8, 0.4), Reason("b", "title", 0, 1, 0.2)),
    "m",
    spans={"a": Span("text", START, END)},
    partial=True,
)


def test_the_text_is_left_out_and_the_passage_stays_on_one_line():
    passed = passed_on(replace(item("i"), text=TEXT), VERDICT)
    assert (passed.text, passed.partial) == ("", True)
    assert passed.excerpts == {"a": "Drivers walk out over pay."}
    assert passed_on(replace(item("i"), text=TEXT), None).text == ""


def test_reasons_in_the_passage_point_into_the_excerpt_and_others_stay():
    (inside, title) = shown_reasons(VERDICT)
    excerpt = passed_on(replace(item("i"), text=TEXT), VERDICT).excerpts["a"]
    assert (inside.field, excerpt[inside.start : inside.end]) == ("excerpt", "walk out")
    assert title == VERDICT.reasons[1]
