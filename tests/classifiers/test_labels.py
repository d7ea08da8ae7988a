"""Labels: the current label after some, conflicts, files of them, and which item to label next."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.judging.text import Text
from classifiers.labels.collected import gathered
from classifiers.labels.conflicts import conflicts, opposed
from classifiers.labels.current import Belief, CurrentLabel, LabelEntry, current_label, opinions
from classifiers.labels.formats import FORMATS, read_labels_of, write_labels
from classifiers.labels.sampling import chosen
from classifiers.learning.examples import labelled_examples
from stream.index.doubt import doubt
from stream.index.stage import ItemDoc
from stream.records import Item, Label

THEMES = ("a", "b")


def entry(yes: str = "", no: str = "", who: str = "ann", id: str = "", undoes: str = "") -> LabelEntry:
    return LabelEntry(id or f"{who}{yes}{no}{undoes}", who, 1, tuple(yes), tuple(no), undoes)


def test_people_who_agree_are_heard_and_those_who_disagree_are_named():
    assert current_label([]) == CurrentLabel()
    assert current_label([entry("a", "b")]) == CurrentLabel(frozenset("a"), frozenset("b"))
    both = current_label([entry("a", who="ann"), entry("b", "a", who="bob")])
    assert both == CurrentLabel(frozenset("b"), frozenset(), frozenset("a"))


def subscriber(who: str, yes: str = "", no: str = "", receiver: str = "", **of: str) -> LabelEntry:
    said = entry(yes, no, f"subscription {who}", **of)
    return msgspec.structs.replace(said, standing="subscriber", alert="a1", receiver=receiver)


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ([subscriber("x", no="a")], None),
        ([subscriber("x", no="a"), subscriber("y", no="a")], False),
        ([subscriber("x", no="a"), subscriber("x", no="a", id="again")], None),
        ([subscriber("x", no="a", receiver="one"), subscriber("y", no="a", receiver="one")], None),
        ([subscriber("x", no="a"), subscriber("y", "a")], None),
        ([subscriber("x", no="a"), subscriber("y", no="a"), subscriber("z", "a")], None),
        ([subscriber("w", no="a"), subscriber("x", no="a"), subscriber("y", no="a"), subscriber("z", "a")], False),
        ([subscriber("x", no="a"), entry("", "a")], False),
        ([subscriber("x", no="a"), subscriber("y", no="a"), entry("a")], True),
        ([entry("a"), subscriber("x", no="a"), subscriber("y", no="a"), subscriber("z", no="a")], True),
        ([subscriber("x", no="a"), subscriber("y", no="a", id="1"), entry(undoes="1", id="2")], None),
        ([subscriber("x", no="a"), subscriber("y", no="a"), subscriber("y", "a")], None),
    ],
)
def test_a_subscriber_is_believed_once_another_or_a_labeller_says_the_same(words, holds):
    found = current_label(words)
    assert (found.yes, found.no) == (frozenset("a" if holds else ""), frozenset("a" if holds is False else ""))
    assert found.waiting == frozenset("a" if holds is None else "")
    assert not found.disputed
    assert {each.counts for each in opinions(words) if each.right is holds} <= {True}
    assert not any(each.counts for each in opinions(words) if each.right is not holds)


def test_how_many_are_believed_is_a_setting():
    one, two, three = (subscriber(who, no="a") for who in "xyz")
    assert current_label([one], Belief(subscribers=1)).no == {"a"}
    assert current_label([one, two], Belief(subscribers=3)).no == set()
    assert current_label([one, two, three], Belief(subscribers=3)).no == {"a"}
    assert current_label([one, two, three], Belief(subscribers=0)).no == set()
    assert current_label([one, two, three, entry("", "a")], Belief(subscribers=0)).no == {"a"}
    assert current_label([entry("", "a")], Belief(labellers=2)).waiting == {"a"}
    assert current_label([entry("", "a"), entry("", "a", "bob")], Belief(labellers=2)).no == {"a"}
    assert current_label([entry("", "a"), one], Belief(labellers=2)).no == {"a"}


def test_training_learns_nothing_of_what_one_subscriber_says():
    def answer(who: str) -> Label:
        return msgspec.structs.replace(label(item("1"), "", "a", who), standing="subscriber")

    assert labelled_examples(gathered([answer("x")]), THEMES) == ()
    (example,) = labelled_examples(gathered([answer("x"), answer("y")]), THEMES)
    assert (example.themes, example.unsaid) == ((), ("b",))


def test_a_persons_later_label_outweighs_the_earlier_theme_by_theme():
    assert current_label([entry("ab"), entry("", "a")]) == CurrentLabel(frozenset("b"), frozenset("a"))


def test_an_undone_label_is_as_if_it_had_never_been():
    first, second = entry("a", id="1"), entry("", "a", id="2")
    assert current_label([first, second, entry(undoes="2", id="3")]) == current_label([first])


@given(
    st.lists(st.sampled_from([entry("a"), entry("b", "a"), entry("", "b", "bob"), entry("a", who="bob")]), max_size=6)
)
def test_no_theme_is_right_and_wrong_at_once(words):
    result = current_label(words)
    assert not (result.yes & result.no) | (result.yes & result.disputed) | (result.no & result.disputed)


def item(name: str, title: str = "A title", lang: str = "en", summary: str = "") -> Item:
    return Item(
        id=name, feed="", source="s", entry="", revision=0, url=f"https://example.org/{name}", title=title,
        summary=summary, lang=lang, published=1, date_quality="", first_seen=1, baseline=True,
    )  # fmt: skip


def label(of: Item, yes: str = "", no: str = "", who: str = "ann", undoes: str = "") -> Label:
    return Label(
        id=f"{of.id}-{who}-{yes}-{no}-{undoes}", item=of, who=who, origin="test", at=1_700_000_000_123,
        yes=tuple(yes), no=tuple(no), undoes=undoes,
    )  # fmt: skip


LONG = "Regional court hears the quarrel of two makers of looms over a patent on a shuttle"


def test_conflicts_are_people_who_disagree_and_texts_that_are_nearly_the_same():
    one, same, other = item("1", LONG), item("2", LONG + " today"), item("3", "A choir sings at the harbour")
    labels = [label(one, "a", "b"), label(same, "b", "a"), label(other, "a"), label(other, "", "a", "bob")]
    found = conflicts(gathered(labels), THEMES)
    assert [(c.one.item.id, c.other.item.id, c.themes) for c in found] == [("3", "3", ("a",)), ("1", "2", ("a", "b"))]


def test_what_is_left_unsaid_is_no_contradiction():
    everything = frozenset(THEMES)
    rows = [(Text(LONG), frozenset("a"), everything - {"a"}), (Text(LONG), frozenset("b"), everything - {"b"})]
    assert opposed(rows) == []
    assert opposed([]) == []


def gave(form: str) -> list[Label]:
    first, second = item("1", 'Ein "Titel", mit; Zeichen\nund Zeile', "de", "サマリー"), item("2", "Other")
    return [label(first, "a", "b"), label(second, "", "ab", "bob@example.org"), label(first, undoes="1-ann-a-b-")]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_written_is_read_again(form):
    labels = gave(form)
    again = read_labels_of(write_labels(labels, form), form, THEMES, who="x", at=5, origin="o")
    assert again.problems == ()
    kept = ("id", "who", "origin", "at", "yes", "no", "undoes")
    assert [[getattr(row, name) for name in kept] for row in again.labels] == [
        [getattr(row, name) if name != "at" or form != "label-studio" else row.at for name in kept] for row in labels
    ]
    assert [(row.item.id, row.item.title, row.item.summary, row.item.lang) for row in again.labels] == [
        (row.item.id, row.item.title, row.item.summary, row.item.lang) for row in labels
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_subscribers_word_stays_one_when_it_is_written_and_read_again(form):
    said = msgspec.structs.replace(label(item("1"), "", "a"), standing="subscriber", alert="a1", receiver="ff")
    (again,) = read_labels_of(write_labels([said], form), form, THEMES, who="x", at=5, origin="o").labels
    assert (again.standing, again.alert, again.receiver) == ("subscriber", "a1", "ff")


def test_tasks_that_nobody_annotated_are_counted_and_what_is_no_task_is_a_problem():
    text = json.dumps([{"id": 1, "data": {"title": "T"}}, {"id": 2, "annotations": [{"was_cancelled": True}]}])
    with pytest.raises(ValueError, match=r"there is no label in it; not read: a task without an annotation \(2"):
        read_labels_of(text, "label-studio", THEMES, who="x", at=5, origin="o")
    found = read_labels_of(json.dumps([{"annotations": ["x"]}]), "label-studio", THEMES, who="x", at=5, origin="o")
    assert found.problems == ("task 1 is passed over: it is no task with data and annotations",)


def test_a_row_of_a_data_set_says_of_every_theme_whether_it_is_of_it():
    text = json.dumps(
        {"id": "dev-1", "title": "T", "themes": ["a"], "lang": "en", "url": "http://example.org/x/?utm_id=1"}
    )
    (one,) = read_labels_of(text, "jsonl", THEMES, who="ann", at=5, origin="o").labels
    (again,) = read_labels_of(text, "jsonl", THEMES, who="ann", at=9, origin="o").labels
    assert (one.yes, one.no, one.who, one.item.lang) == (("a",), ("b",), "ann", "en")
    assert one.id == again.id != "dev-1"
    linked = read_labels_of(
        '{"title": "U", "url": "https://www.example.org/x", "yes": ["b"]}', "jsonl", THEMES, who="", at=1, origin=""
    )
    assert linked.labels[0].item.id == one.item.id  # the same page


def test_label_studios_own_export_is_read():
    task = {
        "id": 7, "data": {"title": "T", "summary": "S"},
        "annotations": [
            {"id": 1, "completed_by": 3, "created_at": "2026-01-02T03:04:05.678901Z", "result": [
                {"type": "choices", "from_name": "x", "to_name": "y", "value": {"choices": ["b"]}}]},
            {"id": 2, "completed_by": {"email": "bob@example.org"}, "result": [
                {"type": "choices", "from_name": "x", "to_name": "y", "value": {"choices": ["none"]}}]},
            {"id": 3, "was_cancelled": True, "result": []},
            {"id": 4, "result": []},
        ],
    }  # fmt: skip
    imported = read_labels_of(json.dumps([task]), "label-studio", THEMES, who="x", at=5, origin="o")
    assert [(row.who, row.yes, row.no) for row in imported.labels] == [
        ("user 3", ("b",), ("a",)), ("bob@example.org", (), ("a", "b")),
    ]  # fmt: skip
    assert imported.labels[0].at == 1767323045678
    assert len({row.item.id for row in imported.labels}) == 1
    assert imported.problems == ("task 7 is passed over: its annotation has no choices",)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{", "line 2 is passed over"),
        ('{"themes": ["a"]}', "no title"),
        ('{"title": "T", "themes": ["z"]}', "no theme 'z'; there are: a, b"),
        ('{"title": "T", "yes": ["a"], "no": ["a"]}', "be and not to be of 'a'"),
        ('{"title": "T"}', "says of no theme"),
        ('{"title": 3, "themes": []}', "line 2 is passed over"),
    ],
)
def test_a_row_that_is_none_is_told_and_the_rest_goes_on(row, says):
    good = '{"title": "T", "themes": []}'
    imported = read_labels_of(f"{good}\n{row}\n{good.replace('T', 'U')}\n", "jsonl", THEMES, who="", at=1, origin="")
    assert len(imported.labels) == 2
    assert says in imported.problems[0]


def test_a_csv_row_with_too_many_columns_is_told():
    imported = read_labels_of("title,themes\nT,a b\nU,a,b,c\n", "csv", THEMES, who="", at=1, origin="")
    assert [row.yes for row in imported.labels] == [("a", "b")]
    assert "row 3" in imported.problems[0]


def doc(name: str, p: float, lang: str = "en", decision: str = "none") -> ItemDoc:
    """Those whose names begin alike have the same title."""
    return ItemDoc(item(name, name[0] * 6, lang), {"a": p, "b": 0.0}, (), decision, "m", "", (), 1)


def test_the_least_sure_come_first_unlike_one_another_and_of_every_language():
    docs = [doc("a1", 0.5), doc("a2", 0.49), doc("b1", 0.4), doc("c1", 0.01), doc("d1", 0.3, "ja")]
    assert [each.item.id for each in chosen(docs, 3)] == ["a1", "d1", "b1"]
    assert [each.item.id for each in chosen(docs[::-1], 3)] == ["a1", "d1", "b1"]
    assert len(chosen(docs, 99)) == 5
    assert chosen([], 3) == []
    assert doubt(doc("x", 0.1, decision="unsure")) > doubt(doc("x", 0.5))


def test_the_copy_of_the_first_label_is_kept():
    first = label(item("1"), "a")
    second = replace_text(first, "Other words")
    (each,) = gathered([first, second, first])
    assert (each.item.title, len(each.labels)) == ("A title", 2)


def replace_text(old: Label, title: str) -> Label:
    copy = msgspec.structs.replace(old.item, title=title)
    return msgspec.structs.replace(old, id="second", item=copy)


def test_what_was_not_read_to_its_end_does_not_crowd_the_queue():
    unsure = doc("x", 0.1, decision="unsure")
    long = msgspec.structs.replace(unsure, item=msgspec.structs.replace(unsure.item, partial=True))
    assert doubt(long) < doubt(doc("x", 0.5)) < doubt(unsure)


def test_of_a_long_item_the_passage_that_was_judged_is_learnt():
    long = msgspec.structs.replace(item("1", summary="A greeting"), excerpts={"a": "Of a.", "b": "Not of b."})
    (yes,) = labelled_examples(gathered([label(long, "a")]), THEMES)
    (no,) = labelled_examples(gathered([label(long, "", "b")]), THEMES)
    (other,) = labelled_examples(gathered([label(item("2", summary="All of it"), "a")]), THEMES)
    assert [(one.title, one.summary) for one in (yes, no, other)] == [
        ("", "Of a."), ("", "Not of b."), ("A title", "All of it"),
    ]  # fmt: skip
