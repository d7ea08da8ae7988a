"""Labelling on the page: one item after another, what contradicts what is sure, and trainings."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as struct_replace

from stream.index.stage import ItemDoc
from stream.web.access import Access, Role
from stream.web.page import Doubted, Job, Theme, Trained
from stream.web.page.label import why_asked
from stream.web.page.training import grouped
from tests.stream.index.test_search import tagged
from tests.stream.web.page.some_desks import item, model
from tests.stream.web.page.some_page import NOW, Page, Tags

READER = {"Authorization": "Bearer reader"}
LABELLER = {"Authorization": "Bearer labeller"}
OPERATOR = {"Authorization": "Bearer operator"}


@pytest.fixture
def page(tmp_path) -> Iterator[Page]:
    tokens = {Role.READER: "reader", Role.LABELLER: "labeller"}
    made = Page(tmp_path, Access("operator", loopback=True, tokens=tokens))
    made.index.take(tagged("i", "First", NOW - 9000), tagged("j", "Second", NOW - 8000))
    made.labels.waiting = ["gone", "i", "j"]
    yield made
    made.close()


def test_items_are_labelled_one_after_another_and_the_last_label_can_be_taken_back(page):
    _, html = page.get("/label", **LABELLER)
    assert "First</h2>" in html
    assert "Asked because" in html
    _, html = page.post("/label/say", LABELLER, item="i", **{"is-u": "1"})
    assert [(label.item.id, label.yes, label.no) for label in page.labels.said] == [("i", ("u",), ("t",))]
    assert "Second</h2>" in html
    assert 'name="label" value="label 1"' in html
    assert "1 label today" in html
    _, html = page.post("/label/undo", LABELLER, item="i", label="label 1")
    assert page.labels.undone == ["label 1"]
    assert "First</h2>" in html  # it is shown again
    page.post("/label/say", LABELLER, item="i", none="1")
    assert (page.labels.said[-1].yes, page.labels.said[-1].no) == ((), ("t", "u"))


def test_an_item_of_which_nothing_is_said_is_shown_again_with_a_sentence(page):
    _, html = page.post("/label/say", LABELLER, item="j")
    assert page.labels.said == []
    assert "Tick a theme first" in html
    assert "Second</h2>" in html


def test_an_item_is_skipped_and_after_the_last_one_it_begins_again(page):
    _, html = page.get("/label?skip=2", **LABELLER)
    assert "Second</h2>" in html
    assert 'href="/label?skip=3"' in html
    _, html = page.get("/label?skip=3", **LABELLER)
    assert "That was the last one" in html
    page.labels.waiting = []
    assert "Nothing is waiting" in page.get("/label", **LABELLER)[1]
    assert page.get("/label?item=none", **LABELLER)[0] == 404


def test_why_an_item_is_asked_for_is_said_in_words():
    themes = [Theme("t", "Cars"), Theme("u", "Boats")]

    def asked(decision: str, partial: bool = False, **chances: float) -> str:
        of = item("i") if not partial else struct_replace(item("i"), partial=True)
        return why_asked(ItemDoc(of, chances, (), decision, "m", "", (), 0), themes)

    assert asked("unsure", t=0.5, u=0.45) == "Asked because Cars and Boats are nearly as likely"
    assert asked("unsure", t=0.5, u=0.1) == "Asked because the model is unsure whether it is of Cars"
    assert asked("none", t=0.1, u=0.2) == "Asked because Boats is the closest call among the rest"
    assert asked("unsure", partial=True, t=0.5) == "Asked because it was too long to be read to its end"
    assert asked("none", other=0.9) == "Asked because nothing is known of it yet"


def test_a_contrary_label_is_confirmed_or_taken_back(page):
    page.labels.doubted = [Doubted(item("i", "First"), ("t",), ("u",), ("ann",), ("l1", "l2"), {"t": 0.02})]
    _, html = page.get("/label", **LABELLER)
    assert "1 disagreement" in html
    _, html = page.get("/label/review", **LABELLER)
    assert "ann" in html
    _, html = page.post("/label/review/confirm", LABELLER, item="i")
    (label,) = page.labels.said
    assert (label.yes, label.no, label.confirmed) == (("t",), ("u",), True)
    assert "Confirmed" in html
    page.post("/label/review/undo", LABELLER, item="i", label="label 1")
    _, html = page.post("/label/review/withdraw", LABELLER, item="i")
    assert page.labels.undone == ["label 1", "l1", "l2"]
    assert "/label?item=i" in html
    fields = {each["name"]: each["value"] or "" for tag, each in Tags(html).found if each.get("type") == "hidden"}
    assert (fields["yes"], fields["no"]) == ("t", "u")
    page.post("/label/review/undo", LABELLER, item="i", yes="t", no="u none-such")
    again = page.labels.said[-1]
    assert (again.item.id, again.yes, again.no, again.confirmed) == ("i", ("t",), ("u",), False)
    page.labels.doubted = []
    assert page.post("/label/review/confirm", LABELLER, item="i")[0] == 409
    assert "Nothing to settle" in page.get("/label/review", **LABELLER)[1]


def test_a_training_is_begun_and_followed_and_its_model_decided_on(page):
    _, html = page.get("/label/train", **OPERATOR)
    assert "No model has been trained yet" in html
    _, html = page.post("/label/train/begin", OPERATOR)
    assert "A training is under way" in html
    assert "25 %" in html
    assert 'data-running="/label/train"' in html
    assert "/label/train/begin" not in html
    page.post("/label/train/stop", OPERATOR, job="train")
    assert page.post("/label/train/stop", OPERATOR, job="other")[0] == 422
    page.models.records = [model("m-1", promoted_at=1), model("m-2", note="waits for a person to promote or refuse it")]
    page.models.jobs["train"] = replace(
        page.models.jobs["train"], ended=NOW, result=Trained("m-2", ("what <b>changed",))
    )
    _, html = page.get("/label/train", **OPERATOR)
    assert "data-running" not in html
    assert "what &lt;b&gt;changed" in html
    assert html.index("not good") < html.index("0.820")  # what is not good comes first
    for act in ("replay", "promote", "refuse"):
        page.post(f"/label/train/{act}", OPERATOR, model="m-2")
    assert page.models.decided == [
        ("cancel", "train"), ("replay", "m-2"), ("promote", "m-2"), ("refuse", "m-2", "page"),
    ]  # fmt: skip
    assert page.get("/label/train?model=m-3", **OPERATOR)[0] == 404


def test_a_job_that_failed_says_why(page):
    page.models.jobs["replay"] = Job("replay", "A replay", NOW, ended=NOW, error="It was <stopped>.")
    _, html = page.get("/label/train", **OPERATOR)
    assert "It was &lt;stopped&gt;." in html


def test_labellers_label_and_operators_train_and_who_may_not_is_shown_no_button(page):
    page.labels.doubted = [Doubted(item("i"), ("t",), (), ("ann",), ("l",), {})]
    page.models.records = [model("m-2", note="waits for a person to promote or refuse it")]
    for path in ("/label", "/label/review", "/label/train"):
        assert "<form method" not in page.get(path, **READER)[1]
    assert "/label/say" in page.get("/label", **LABELLER)[1]
    assert "<form method" not in page.get("/label/train", **LABELLER)[1]
    assert "/label/train/promote" in page.get("/label/train", **OPERATOR)[1]
    assert page.post("/label/say", READER, item="i", none="1")[0] == 403
    assert page.post("/label/train/begin", LABELLER)[0] == 403
    assert (page.labels.said, page.models.jobs) == ([], {})


def test_the_gates_table_is_by_what_is_compared(page):
    assert [(what, len(checks)) for what, checks in grouped(model("m").checks)] == [
        ("false alerts", 1), ("average precision", 1),
    ]  # fmt: skip
