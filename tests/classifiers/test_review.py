"""Which labels wait for somebody to look at them again."""

from classifiers.labels.collected import Labelled, gathered
from classifiers.labels.review import to_review
from stream.records import Doubt, Item, Label


def label(number: int, *, item: str = "i", who: str = "ann", undoes: str = "", **of: bool) -> Label:
    copy = Item(
        id=item, feed="f", source="Feed", entry="e", revision=0, url="", title="T", summary="", lang="en",
        published=1, date_quality="", first_seen=1, baseline=False,
    )  # fmt: skip
    yes = () if undoes else ("a",)
    return Label(id=f"l{number}", item=copy, who=who, origin="test", at=number, yes=yes, undoes=undoes, **of)


def waiting(*labels: Label, doubts: tuple[Doubt, ...] = ()) -> list[str]:
    return [each.labelled.item.id for each in to_review(gathered(labels), doubts)]


def only(*labels: Label) -> Labelled:
    (found,) = gathered(labels)
    return found


def test_what_was_contrary_waits_until_it_is_confirmed_given_again_or_taken_back():
    first = label(1, contrary=True)
    assert waiting(first) == ["i"]
    assert waiting(first, first) == ["i"]  # sent twice
    assert waiting(first, label(2)) == []
    assert waiting(first, label(2, who="bob")) == []
    assert waiting(first, label(2, undoes="l1")) == []
    assert waiting(first, label(2, confirmed=True)) == []
    assert waiting(label(1)) == []


def test_a_confirmed_label_that_was_taken_back_confirms_nothing():
    assert not only(label(1), label(2, confirmed=True), label(3, undoes="l2")).confirmed


def test_what_a_training_doubts_comes_first_while_it_still_stands():
    doubt = Doubt(item="j", yes=("a",), no=(), themes={"a": 0.01})
    labels = (label(1, contrary=True), label(2, item="j"))
    assert waiting(*labels, doubts=(doubt,)) == ["j", "i"]
    assert waiting(*labels, label(3, item="j", undoes="l2"), doubts=(doubt,)) == ["i"]
    gone = Doubt(item="j", yes=("b",), no=(), themes={})
    assert waiting(*labels, doubts=(gone,)) == ["i"]
