"""train, models, evaluate and replay from the command line, on one stream with labels."""

import json
import time

import pytest

from seeds.statements import load_statements
from stream.log.records import Out
from stream.records import Item, encode
from stream.sqlite import SqliteLog
from stream.text.links import item_of
from tests.deploy.command import Command
from tests.stream.backends import read_all

TITLES = ("ISO votes on a new standard for storage", "Court rules on a patent", "Eine Stadt feiert ihr Sommerfest")


def link(number: int) -> str:
    return f"https://example.org/news/{number}"


@pytest.fixture
def tagged(themewire: Command) -> Command:
    """A stream on which some items have been tagged, and told as stories."""
    themewire.does("feeds", "list")
    log = SqliteLog(themewire.data / "stream.db")
    for number, title in enumerate(TITLES):
        item = Item(
            id=item_of(link(number)), feed="f", source="Feed", entry=str(number), revision=0, url=link(number),
            title=title, summary="", lang="", published=1, date_quality="trusted",
            first_seen=int(time.time() * 1000), baseline=False,
        )  # fmt: skip
        log.append([Out("items", item.id, encode(item))])
    log.close()
    themewire.does("run", "tag", "story", "match", "--once")
    return themewire


def serving(themewire: Command) -> str:
    return next(row["id"] for row in themewire.does("models", "list", "--json").json if row["serving"])


def label_some(themewire: Command) -> None:
    """Labels that agree with the statements: three of no theme, which change the model and harm nothing."""
    rows = [{"title": f"Choir number {n} sings at the harbour festival", "themes": []} for n in range(3)]
    themewire.does("label", "import", "-", "--who", "ann", stdin="".join(json.dumps(row) + "\n" for row in rows))


def test_a_model_is_trained_on_labels_promoted_rolled_back_and_made_again(tagged: Command):
    first = serving(tagged)
    label_some(tagged)
    trained = tagged.does("train", "--json").json
    assert (trained["promoted"], trained["note"]) == (True, "")
    assert sum(trained["labels"].values()) == 3
    assert {"macro_f1", "ece", "f1.standards", "language.en"} <= set(trained["evaluation"])
    second = serving(tagged)
    assert second == trained["model_id"] != first
    assert tagged.does("train", "--from-topics", "--json").json["weights_hash"] == trained["weights_hash"]
    assert first in tagged.does("models", "rollback").out
    assert serving(tagged) == first
    assert tagged.does("train", "--json").json["promoted"] is False  # what a person took back stays back
    assert serving(tagged) == first
    tagged.does("models", "promote", second[:8])
    assert serving(tagged) == second
    card = tagged.does("models", "show").out
    assert f"# Model {second}" in card
    assert "## Promotion gate: it may serve" in card
    assert "## Drift" in card
    shown = tagged.does("models", "show", first, "--json").json
    assert (shown["id"], shown["serving"], shown["drift"]) == (first, False, None)
    assert "no model begins with 'm-zz'" in tagged("models", "promote", "m-zz").failed()


def test_the_topics_alone_give_the_serving_model_again(tagged: Command, tmp_path):
    """The stream is all that is left: another data folder, no cache, and even no record of the model."""
    label_some(tagged)
    first = tagged.does("train", "--json").json
    stream = f"sqlite:///{tagged.data / 'stream.db'}"
    fresh = Command(tmp_path / "fresh", {**tagged.settings, "data.cache": str(tmp_path / "no-cache")})
    assert fresh.does("train", "--from-topics", "--json", "--stream", stream).json["model_id"] == first["model_id"]
    log = SqliteLog(tagged.data / "stream.db")
    gone = {record.key for record in read_all(log, "models")}
    log.append([Out("models", key, None) for key in gone])
    log.close()
    again = fresh.does("train", "--from-topics", "--json", "--stream", stream).json
    assert (again["model_id"], again["weights_hash"]) == (first["model_id"], first["weights_hash"])
    assert serving(tagged) == first["model_id"]


def test_poisoned_labels_are_refused_with_the_reason(tagged: Command, statements):
    before = serving(tagged)
    rows = [{"title": s.title, "themes": []} for s in load_statements(statements) if s.themes]
    tagged.does("label", "import", "-", stdin="".join(json.dumps(row) + "\n" for row in rows))
    done = tagged.does("train")
    assert "refused: " in done.out
    assert "failed the promotion gate" in done.err
    assert "`themewire label review` shows" in done.err
    assert f"labels still not followed: 0 of {len(rows)}" in done.out  # it learnt them; it does not serve
    assert "sure of 3 items of 7 days" in done.out
    asked = tagged.does("label", "review", "--json").lines
    assert asked
    assert {row["title"] for row in asked} <= {row["title"] for row in rows}
    assert serving(tagged) == before
    refused = next(row for row in tagged.does("models", "list", "--json").json if not row["serving"])
    assert refused["note"].startswith("refused: ")
    assert "add --force" in tagged("models", "promote", refused["id"]).failed()


def test_an_article_gives_weak_examples_that_can_be_taken_back(tagged: Command, tmp_path):
    article = tmp_path / "article.txt"
    article.write_text(
        "A title\n\nA committee of national bodies adopted the standard, and a second committee will vote on the "
        "specification for storage in spring, after members had objected to the draft.\n",
        encoding="utf-8",
    )
    dry = tagged.does("train", "--dry-run", "--seed-article", str(article), "--json").json
    assert tagged.does("label", "export").out == ""
    trained = tagged.does("train", "--seed-article", str(article), "--json").json
    labels = tagged.does("label", "export").lines
    assert {label["who"] for label in labels} <= {"seed article"}
    assert (trained["model_id"], trained["examples"]) == (dry["model_id"], dry["examples"])
    for label in labels:
        tagged.does("label", "undo", label["id"])
    assert "cannot be read" in tagged("train", "--seed-article", str(tmp_path / "none")).failed()


def test_a_replay_shows_what_would_change_and_sends_nothing(tagged: Command):
    same = tagged.does("replay", "--json").json
    assert (same["items"], same["come"], same["gone"], same["changed"], same["moved"]) == (3, [], [], [], [])
    rules = tagged.data / "rules.toml"
    rules.write_text('[[rule]]\nid = "party"\ntheme = "standards"\nmust = "Sommerfest"\n', encoding="utf-8")
    shown = tagged.does("replay", "--since", "1d", "--json").json
    assert [(alert["theme"], alert["title"]) for alert in shown["come"]] == [("standards", TITLES[2])]
    assert tagged.does("tail", "alerts.standards", "--from-start", "--no-follow", "--json").out.count(TITLES[2]) == 0
    assert "1 new alert\n" in tagged.does("replay", "--apply").out
    tagged.does("run", "tag", "story", "--once")
    told = tagged.does("tail", "alerts.standards", "--from-start", "--no-follow", "--json").lines
    assert [row["value"]["kind"] for row in told if row["value"]["title"] == TITLES[2]] == ["new"]
    rules.write_text("", encoding="utf-8")
    gone = tagged.does("replay", "--json").json["gone"]
    assert [alert["title"] for alert in gone] == [TITLES[2]]
    assert "is not a time span" in tagged("replay", "--since", "tomorrow").failed(2)


def test_evaluate_measures_the_serving_model_and_can_fail(themewire: Command, tmp_path):
    gold = tmp_path / "gold.jsonl"
    rows = [{"title": title, "themes": []} for title in TITLES[2:]]
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    html = tmp_path / "page.html"
    done = themewire("evaluate", str(gold), "--html", str(html), "--min-macro-f1", "0.5")
    assert done.status == 1
    assert "macro-F1 is below 0.5" in done.err
    assert "average precision" in done.out
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    themewire("evaluate", str(gold), str(gold), "--html", str(html)).failed(2)
    assert "no model begins" in themewire("evaluate", str(gold), "--model", "m-none").failed()
