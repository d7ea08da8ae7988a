"""`themewire label`, from the command line to the stream and back."""

import contextlib
import json
import os
import pty
import subprocess

import pytest

from classifiers.labels.collected import AT_RANDOM, read_labels
from classifiers.labels.review import Contrary
from deploy.commands.label.next import ask
from deploy.commands.label.review import ask as review
from stream.index.stage import ItemDoc
from stream.log.records import Out
from stream.records import Item, encode
from stream.sqlite import SqliteLog
from stream.text.links import item_of
from tests.deploy.command import Command

THEMES = ("gpu-training-failures", "cpu-inference", "ip-disputes", "standards")
LINK = "https://example.org/news/1"
TITLES = (
    "ISO committee votes on a new standard for storage",
    "Court rules on a patent over memory chips",
    "Eine Stadt feiert ihr Sommerfest",
    "llama.cpp runs a large model on a server's processor",
)


@pytest.fixture
def tagged(themewire: Command) -> Command:
    """A stream on which some items have been tagged."""
    themewire.does("feeds", "list")  # makes the topics
    log = SqliteLog(themewire.data / "stream.db")
    for number, title in enumerate(TITLES, start=1):
        link = LINK.replace("1", str(number))
        item = Item(
            id=item_of(link), feed="f", source="Feed", entry=str(number), revision=0, url=link, title=title,
            summary="", lang="", published=1, date_quality="trusted", first_seen=1, baseline=False,
        )  # fmt: skip
        log.append([Out("items", item.id, encode(item))])
    log.close()
    themewire.does("run", "tag", "--once")
    return themewire


def last_of(themewire: Command, link: str = LINK) -> dict:
    rows = themewire.does("tail", "tagged", "--from-start", "--no-follow", "--json").lines
    return [row["value"] for row in rows if row["key"] == item_of(link)][-1]


def exported(themewire: Command) -> list[dict]:
    return themewire.does("label", "export").lines


def test_a_label_is_heeded_at_once_and_until_it_is_undone(tagged: Command):
    before = last_of(tagged)
    name = tagged.does("label", "add", LINK + "?utm_source=x", "--is", "cpu-inference", "--only", "--who", "ann").out
    tagged.does("run", "tag", "--once")
    said = last_of(tagged)
    assert (said["tags"], said["decision"], said["rule"]) == (["cpu-inference"], "tagged", "label")
    (label,) = exported(tagged)
    assert (label["id"], label["who"], label["origin"], label["title"]) == (
        name.strip(), "ann", "command line", TITLES[0],
    )  # fmt: skip
    assert (label["yes"], label["no"]) == (["cpu-inference"], [t for t in THEMES if t != "cpu-inference"])
    assert TITLES[0] in tagged.does("label", "undo", LINK, "--who", "ann").out
    tagged.does("run", "tag", "--once")
    again = last_of(tagged)
    assert (again["tags"], again["themes"], again["rule"]) == (before["tags"], before["themes"], "")
    assert "no label" in tagged("label", "undo", LINK, "--who", "ann").failed()


def test_what_is_wrong_is_one_sentence(tagged: Command):
    assert "there is no item 'nothing'" in tagged("label", "add", "nothing", "--none").failed()
    assert "no theme 'standard'" in tagged("label", "add", LINK, "--is", "standard").failed()
    assert "both of and not of" in tagged("label", "add", LINK, "--is", "standards", "--is-not", "standards").failed()
    for wrong in (["--none", "--is", "standards"], ["--only"], []):
        tagged("label", "add", LINK, *wrong).failed(2)
    assert exported(tagged) == []


def test_files_of_labels_go_in_and_out(tagged: Command, tmp_path):
    rows = [{"title": "A", "themes": ["standards"], "lang": "en"}, {"title": "B", "themes": []}]
    file = tmp_path / "gold.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for said in ("2 labels imported\n", "0 labels imported, 2 known already\n"):
        assert tagged.does("label", "import", str(file), "--who", "ann").out == said
    for form in ("jsonl", "csv", "json"):
        other = tmp_path / f"out.{form}"
        tagged.does("label", "export", str(other))
        assert tagged.does("label", "import", str(other), "--who", "bob").out == "0 labels imported, 2 known already\n"
    labels = exported(tagged)
    assert len(labels) == len({label["id"] for label in labels}) == 2
    assert {label["who"] for label in labels} == {"ann"}
    assert labels[0]["origin"] == "import of gold.jsonl"
    done = tagged("label", "import", "-", stdin='{"title": "C", "themes": ["x"]}\n{"title": "D", "themes": []}\n')
    assert (done.status, done.out) == (1, "1 label imported, 1 not understood\n")
    assert "line 1 is passed over: there is no theme 'x'" in done.err
    assert "not JSON" in tagged("label", "import", "-", "--format", "label-studio", stdin="{").failed()


def test_what_is_not_understood_is_named_for_each_file(tagged: Command, tmp_path):
    files = {
        "alien.csv": "headline,topic\nA,standards\n",
        "good.csv": " Title ,Themes,Desk\nA,standards,x\nB,,y\n",
        "empty.jsonl": "",
        "more.jsonl": '{"title": "C", "yes": ["standards"], "mood": 1}\n{"headline": "D", "themes": []}\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = tagged("label", "import", *(str(tmp_path / name) for name in files), "--who", "ann")
    assert done.status == 1
    assert done.out.splitlines() == ["good.csv: 2 labels imported", "more.jsonl: 1 label imported, 1 not understood"]
    assert "alien.csv cannot be imported: its columns are 'headline', 'topic'; it needs `title`" in done.err
    assert "good.csv, not read: the column 'desk' (2 of its rows)" in done.err
    assert "empty.jsonl cannot be imported: there is no label in it" in done.err
    assert "more.jsonl, not read: the field 'headline' (1 of its rows)" in done.err
    assert "more.jsonl, not read: the field 'mood' (1 of its rows)" in done.err
    assert "more.jsonl, line 2 is passed over: it has no title" in done.err
    assert "3 files" in done.err
    assert len(exported(tagged)) == 3
    assert "its columns are" in tagged("label", "import", str(tmp_path / "alien.csv")).failed()


def test_a_label_that_was_changed_in_its_export_is_named_and_adds_nothing(tagged: Command, tmp_path):
    tagged.does("label", "add", LINK, "--is", "standards", "--who", "ann")
    (label,) = exported(tagged)
    text = json.dumps({**label, "yes": [], "no": ["standards"]})
    done = tagged("label", "import", "-", stdin=text)
    assert (done.status, done.out) == (1, "0 labels imported, 1 known already, 1 not understood\n")
    assert f"the label {label['id']} is known and says something else" in done.err
    assert exported(tagged) == [label]


def test_undo_says_whose_labels_there_are(tagged: Command):
    ids = [tagged.does("label", "add", LINK, f"--{what}", "standards", "--who", who).out.strip()
           for what, who in (("is", "ann"), ("is-not", "bob"))]  # fmt: skip
    said = tagged("label", "undo", LINK, "--who", "eve").failed()
    assert f"no label by eve on {LINK}" in said
    assert f"{ids[0]} by ann (is standards); {ids[1]} by bob (is not standards)" in said
    assert f"undid {ids[1]} by bob (is not standards): {TITLES[0]}" in tagged.does("label", "undo", ids[1]).out
    assert "by bob" not in tagged("label", "undo", LINK, "--who", "eve").failed()


def test_conflicts_are_shown_with_who_said_what(tagged: Command):
    tagged.does("label", "add", LINK, "--is", "standards", "--who", "ann")
    tagged.does("label", "add", LINK, "--is-not", "standards", "--who", "bob")
    (conflict,) = tagged.does("label", "conflicts", "--json").lines
    assert (conflict["themes"], [w["who"] for w in conflict["items"][0]["labels"]]) == (["standards"], ["ann", "bob"])
    text = tagged.does("label", "conflicts").out
    assert "ann: standards yes" in text
    assert "bob: standards no" in text


def test_next_lists_what_is_not_labelled(tagged: Command):
    tagged.does("label", "add", LINK, "--none")
    listed = tagged.does("label", "next", "--json", "--count", "9").lines
    assert {row["title"] for row in listed} == set(TITLES[1:])
    assert all(set(row["themes"]) == set(THEMES) for row in listed)
    assert [row["title"] for row in tagged.does("label", "next", "--json", "--lang", "de").lines] == [TITLES[2]]


def test_items_drawn_at_random_are_drawn_once_and_say_where_their_labels_came_from(tagged: Command):
    tagged.does("label", "add", LINK, "--none")
    drawn = tagged.does("label", "next", "--random", "--json", "--count", "9").lines
    assert {row["title"] for row in drawn} == set(TITLES)  # what is labelled for another reason is drawn all the same
    docs = [
        ItemDoc(Item(**row["value"]["item"]), row["value"]["themes"], (), "unsure", "m", "", (), 1)
        for row in tagged.does("tail", "tagged", "--from-start", "--no-follow", "--json").lines
    ]
    log = SqliteLog(tagged.data / "stream.db")
    assert ask(log, docs[1:2], THEMES, "ann", iter("3\r").__next__, AT_RANDOM) == 1
    log.close()
    assert [label["title"] for label in exported(tagged) if label["origin"] == AT_RANDOM] == [docs[1].item.title]
    left = tagged.does("label", "next", "--random", "--json", "--count", "9").lines
    assert {row["title"] for row in left} == set(TITLES) - {docs[1].item.title}


def test_next_is_answered_with_single_keys(tagged: Command):
    """4 and Enter; none; undo that and say 2; skip; quit."""
    docs = [
        ItemDoc(Item(**{**row["value"]["item"]}), row["value"]["themes"], ("ip-disputes",), "unsure", "m", "", (), 1)
        for row in tagged.does("tail", "tagged", "--from-start", "--no-follow", "--json").lines
    ]
    log = SqliteLog(tagged.data / "stream.db")
    keys = iter("4\rnu2\rs\rgq")
    assert ask(log, docs, THEMES, "ann", keys.__next__) == 3
    assert list(keys) == ["q"]  # there were four items
    log.close()
    labels = exported(tagged)
    said = {(label["title"], *label["yes"]) for label in labels if not label["undoes"]}
    assert said == {
        (docs[0].item.title, "standards"), (docs[1].item.title,), (docs[1].item.title, "cpu-inference"),
        (docs[3].item.title, "ip-disputes"),
    }  # fmt: skip
    (undone,) = [label["undoes"] for label in labels if label["undoes"]]
    assert [label["yes"] for label in labels if label["id"] == undone] == [[]]
    assert {label["who"] for label in labels} == {"ann"}


def test_next_reads_keys_of_a_terminal(tagged: Command):
    terminal, theirs = pty.openpty()
    process = subprocess.Popen(
        tagged.line(["label", "next"]), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=tagged.environ,
    )  # fmt: skip
    os.close(theirs)
    while process.poll() is None:  # what is typed before it asks is thrown away, as by any program that asks for a key
        os.write(terminal, b"q")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    assert process.communicate()[0] == b"0 labels added; next: `themewire train` learns from them\n"
    os.close(terminal)


def test_a_label_contrary_to_what_is_sure_says_so_and_waits_to_be_confirmed(tagged: Command):
    """The summer party is surely of no theme."""
    party = LINK.replace("1", "3")
    assert last_of(tagged, party)["decision"] == "none"
    said = tagged("label", "add", party, "--is", "standards", "--who", "ann")
    assert "sure of the contrary (standards 0." in said.err
    assert "sure" not in tagged("label", "add", party.replace("3", "1"), "--is", "standards").err
    (row,) = tagged.does("label", "review", "--json").lines
    assert (row["title"], row["is"], [each["id"] for each in row["labels"]]) == (
        TITLES[2],
        ["standards"],
        [said.out.strip()],
    )
    again = tagged("label", "add", party, "--is", "standards", "--who", "ann")  # by now the item is tagged so
    assert again.status == 0
    assert tagged.does("label", "review", "--json").lines == []
    tagged.does("label", "undo", again.out.strip())
    assert len(tagged.does("label", "review", "--json").lines) == 1
    tagged.does("label", "add", party, "--is", "standards", "--confirm", "--who", "bob")
    assert tagged.does("label", "review", "--json").lines == []
    assert "nothing to review" in tagged("label", "review").err


def test_review_is_answered_with_single_keys(tagged: Command):
    """Withdraw; undo that; right; right; skip."""
    for number in (1, 2, 3):
        tagged.does("label", "add", LINK.replace("1", str(number)), "--is", "standards", "--who", "ann")
    log = SqliteLog(tagged.data / "stream.db")
    rows = [Contrary(each, {}) for each in read_labels(log).by_item]
    keys = iter("nuyys")
    assert review(log, rows, "bob", keys.__next__) == (2, 0)
    after = [each.confirmed for each in read_labels(log).by_item]
    assert (after, list(keys)) == ([True, True, False], [])
    assert review(log, rows[2:], "bob", iter("n").__next__) == (0, 1)
    assert not read_labels(log).by_item[2].current
    log.close()
