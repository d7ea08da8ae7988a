"""The tag stage as a pure decision: what a model says, and people's words over it."""

import dataclasses
from pathlib import Path

import msgspec
import pytest

from classifiers.judging.classify import Judgement
from classifiers.stage import TagStage
from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.log.records import Record, Tick
from stream.records import Candidate, Feedback, HealthEvent, Item, Label, Reason, Source, Tagged, decode, encode
from stream.text.links import entry_item
from stream.units import DAY

GOLDEN = Path(__file__).parent.parent / "data" / "rows"


class Knows:
    """A judge by heart: the tags of a title are the themes that it names."""

    def __init__(self, model: str = "m-1", refused: dict[str, HealthEvent] | None = None) -> None:
        self.model, self.said = model, refused or {}
        self.judged: list[str] = []

    def judge(self, models):
        return lambda texts: [self._one(text.title) for text in texts]

    def refused(self, models):
        return self.said

    def _one(self, title: str) -> Judgement:
        self.judged.append(title)
        tags = tuple(theme for theme in ("a", "b") if theme in title.split())
        reasons = tuple(Reason(theme, "title", 0, 1, 0.5) for theme in tags)
        themes = {theme: 0.9 if theme in tags else 0.2 for theme in ("a", "b")}
        vectors = {tag: {"heart": title.encode()} for tag in tags}
        return Judgement(themes, tags, "tagged" if tags else "none", "en", reasons, self.model, vectors=vectors)


def item(title: str = "of a", revision: int = 0, feed: str = "f", **of: object) -> Item:
    fields = {"published": 0, "first_seen": 0, "baseline": False, **of}
    return Item(
        id="i", feed=feed, source=f"Feed {feed}", entry="e", revision=revision, url="https://example.org/1",
        title=title, summary="", lang="", date_quality="trusted", **fields,
    )  # fmt: skip


def label(yes: str = "", no: str = "", who: str = "ann", id: str = "", undoes: str = "") -> Label:
    name = id or f"{who}:{yes}:{no}:{undoes}"
    return Label(
        id=name, item=item(), who=who, origin="test", at=5, yes=tuple(yes.split()), no=tuple(no.split()), undoes=undoes
    )


class Tagger:
    """The stage with its rows; gives what is tagged, and which candidates stand."""

    def __init__(self, judges: Knows | None = None) -> None:
        self.stage, self.rows, self.offset = TagStage(judges or Knows()), InMemoryRows(), 0

    def __call__(self, *things: Item | Label | Tick, topic: str = "items"):
        events = []
        for thing in things:
            self.offset += 1
            if isinstance(thing, Tick):
                events.append(thing)
            else:
                where = "labels" if isinstance(thing, Label) else topic
                events.append(Record(where, 0, self.offset, "i", encode(thing)))
        effects = self.stage.decide(Tables(self.rows, {"models": {}}), events, 100)
        self.rows.apply(effects.changes)
        self.feedback = [decode(out.value, Feedback) for out in effects.outputs if out.topic == "feedback"]
        self.events = [decode(out.value, HealthEvent) for out in effects.outputs if out.topic == "events"]
        tagged = [decode(out.value, Tagged) for out in effects.outputs if out.topic == "tagged"]
        found = [decode(out.value, Candidate) for out in effects.outputs if out.topic == "candidates"]
        self.vectors = [candidate.vectors for candidate in found]
        return tagged, [(candidate.theme, candidate.stands) for candidate in found]


def test_an_item_is_tagged_and_is_a_candidate_for_its_themes():
    (tagged,), candidates = Tagger()(item("of a and b"))
    assert (tagged.tags, tagged.decision, tagged.model, tagged.rule) == (("a", "b"), "tagged", "m-1", "")
    assert candidates == [("a", True), ("b", True)]
    assert {reason.theme for reason in tagged.reasons} == {"a", "b"}


def test_what_a_text_means_goes_on_with_its_candidates_and_nothing_of_what_people_say():
    tagger = Tagger()
    tagger(item("of a and b"))
    assert tagger.vectors == [{"heart": b"of a and b"}] * 2
    tagger(label(no="a"))
    assert tagger.vectors == [{}] * 2


def test_a_long_text_is_judged_and_left_out_of_all_that_goes_on():
    tagger = Tagger()
    (tagged,), candidates = tagger(item("of a", text="A long text."))
    assert (tagged.item.text, candidates) == ("", [("a", True)])
    (joined,), _ = tagger(item("of a", feed="g", text="The same text."))
    assert (joined.joined, joined.item.text) == (True, "")


def test_a_revision_that_leaves_a_theme_is_a_candidate_that_stands_no_longer():
    tagger = Tagger()
    tagger(item("of a"))
    assert tagger(item("of b", revision=1))[1] == [("a", False), ("b", True)]


def test_another_feed_adds_a_source_and_is_not_judged():
    tagger = Tagger()
    (first, joined), candidates = tagger(item("of a"), item("of b", feed="g"))
    assert (joined.joined, joined.tags, len(joined.sources)) == (True, ("a",), 2)
    assert (first.joined, len(candidates)) == (False, 1)


def at_page(title: str, summary: str = "", revision: int = 0, feed: str = "f") -> Item:
    """A feed's item of one page."""
    return msgspec.structs.replace(item(title, revision, feed), summary=summary)


CRASH = ("Training of a large model halted as GPU cluster loses nodes", "NCCL timeouts stopped the run for hours.")
SUIT = ("Court lets patent suit over stacked memory go ahead", "A judge refused to dismiss the claims of a rival.")


def records(tagger: Tagger, *items: Item) -> list[Item]:
    """What the stage writes to `items` of these."""
    events = [Record("items", 0, 0, each.id, encode(each)) for each in items]
    effects = tagger.stage.decide(Tables(tagger.rows, {"models": {}}), events, 100)
    tagger.rows.apply(effects.changes)
    return [decode(out.value, Item) for out in effects.outputs if out.topic == "items"]


def test_another_story_of_the_same_page_is_an_item_of_its_own():
    tagger = Tagger()
    tagger(at_page(*CRASH))
    (own,) = records(tagger, at_page(*SUIT, feed="g"))
    assert own == msgspec.structs.replace(at_page(*SUIT, feed="g"), id=entry_item("g", "e"))
    (tagged,), _ = tagger(own)
    assert (tagged.joined, tagged.item.id, len(tagged.sources)) == (False, own.id, 1)


def test_an_item_of_its_own_stays_so_when_either_is_edited():
    tagger = Tagger()
    tagger(at_page(*CRASH))
    (own,) = records(tagger, at_page(*SUIT, feed="g"))
    (again,) = records(tagger, at_page(*CRASH, revision=1, feed="g"))
    assert (again.id, again.revision) == (own.id, 1)
    tagger(at_page(*SUIT, revision=1))
    assert [each.id for each in records(tagger, at_page(*SUIT, revision=2, feed="g"))] == [own.id]


def test_who_joined_stays_joined_when_either_is_edited():
    tagger = Tagger()
    tagger(at_page(*CRASH))
    assert records(tagger, at_page(*CRASH, feed="g")) == []
    assert records(tagger, at_page(*SUIT, revision=1, feed="g")) == []
    tagger(at_page(*SUIT, revision=1))
    assert tagger(at_page("Racks are up again", revision=2, feed="g"))[0][0].joined


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        CRASH,
        ("Training of a large model halted as cluster fails", ""),
        ("GPU cluster loses nodes, training halted", "Comments"),
        ("Comments", ""),
        ("", ""),
        (
            "What happened here",
            "Training of a large model halted as GPU cluster loses nodes. NCCL timeouts stopped it.",
        ),
    ],
)
def test_what_says_the_same_of_a_page_or_too_little_joins(title: str, summary: str):
    tagger = Tagger()
    tagger(at_page(*CRASH))
    assert tagger(at_page(title, summary, feed="g"))[0][0].joined


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Engine release 4.1", "Engine release 4.2"),
        ("セキュリティ情報：GPUドライバーに脆弱性", "特許訴訟で裁判所が判決を下す"),
        ("Bulletin 11: racks lose power", "Bulletin 12: patent suit goes ahead"),
    ],
)
def test_two_of_a_page_are_told_apart_in_any_script_and_by_their_numbers(one: str, other: str):
    tagger = Tagger()
    tagger(at_page(one))
    assert len(records(tagger, at_page(other, feed="g"))) == 1


def test_the_carrier_of_an_item_is_in_its_source():
    carried = msgspec.structs.replace(item(), via="Planet", source_url="https://wire.example/")
    (tagged,), _ = Tagger()(carried)
    assert tagged.sources == (Source("Feed f", carried.url, "i", via="Planet", site="https://wire.example/"),)


def test_a_text_that_comes_twice_at_once_is_judged_once():
    tagger = Tagger(judges := Knows())
    tagged, _ = tagger(item("of a"), item("of a", feed="g"), item("of b", revision=1))
    assert (len(tagged), judges.judged) == (3, ["of a", "of b"])


def test_old_news_is_not_judged():
    (tagged,), candidates = Tagger()(item("of a", baseline=True, published=0, first_seen=8 * DAY))
    assert (tagged.decision, tagged.themes, candidates) == ("not judged", {}, [])


def test_a_persons_word_outweighs_the_model_and_says_so():
    tagger = Tagger()
    tagger(item("of a"))
    (tagged,), candidates = tagger(label(no="a"))
    assert (tagged.tags, tagged.decision, tagged.rule, tagged.themes) == ((), "none", "label", {"a": 0.0, "b": 0.2})
    assert candidates == [("a", False)]
    (tagged,), candidates = tagger(label(yes="b", no="a"))
    assert (tagged.tags, tagged.decision, tagged.themes) == (("b",), "tagged", {"a": 0.0, "b": 1.0})
    assert candidates == [("a", False), ("b", True)]


def test_what_is_said_again_because_of_a_word_says_so_and_the_next_record_of_the_item_does_not():
    tagger = Tagger()
    (first,), _ = tagger(item())
    (again,), _ = tagger(label(no="a"))
    (revised,), _ = tagger(item(revision=1))
    assert [each.relabelled for each in (first, again, revised)] == [False, True, False]
    assert (again.rule, revised.rule) == ("label", "label")


def test_it_holds_over_revisions_and_sources_and_until_it_is_undone():
    tagger = Tagger()
    tagger(item("of a"))
    tagger(label(no="a", id="one"))
    assert tagger(item("still of a", revision=1))[0][0].tags == ()
    assert tagger(item("of a", feed="g"))[0][0].tags == ()
    (tagged,), candidates = tagger(label(undoes="one"))
    assert (tagged.tags, tagged.decision, tagged.rule) == (("a",), "tagged", "")
    assert candidates == [("a", True)]


def test_a_word_that_is_sent_twice_or_says_nothing_new_changes_nothing():
    tagger = Tagger()
    tagger(item("of a"))
    assert tagger(label(no="a", id="one"))[0]
    assert tagger(label(no="a", id="one")) == ([], [])
    assert tagger(label(no="a", id="two")) == ([], [])
    assert tagger(label(undoes="two")) == ([], [])


def test_where_people_disagree_the_model_is_heard():
    tagger = Tagger()
    tagger(item("of a"))
    tagger(label(no="a", who="ann"))
    (tagged,), candidates = tagger(label(yes="a", who="bob"))
    assert (tagged.tags, tagged.rule, candidates) == (("a",), "", [("a", True)])


def test_a_word_on_an_item_that_comes_later_waits_for_it():
    tagger = Tagger()
    assert tagger(label(no="a")) == ([], [])
    assert tagger(item("of a"))[0][0].tags == ()


def test_an_item_and_a_word_on_it_in_one_batch():
    tagged, candidates = Tagger()(item("of a"), label(no="a"))
    assert [one.tags for one in tagged] == [("a",), ()]
    assert candidates == [("a", True), ("a", False)]


def test_a_model_that_was_refused_is_told_once():
    event = HealthEvent(subject="models/m-2", kind="model refused", message="damaged", at=7)
    tagger = Tagger(Knows(refused={"m-2": event}))
    tagger(item("of a"))
    assert tagger.events == [event]
    tagger(item("of a", revision=1))
    assert tagger.events == []


def test_a_row_that_was_written_before_rules_came_is_read():
    tagger = Tagger()
    tagger(item("of a"))
    row = msgspec.json.decode(tagger.rows.get("items", "i"))
    del row["rule"]
    tagger.rows.apply(Tables(tagger.rows).changes)
    tables = Tables(tagger.rows)
    tables.put("items", "i", msgspec.json.encode(row))
    tagger.rows.apply(tables.changes)
    assert tagger(item("of a", feed="g"))[0][0].joined


def test_a_row_that_was_written_before_texts_were_compared_is_joined_by_any_record_of_its_link():
    tagger = Tagger()
    tables = Tables(tagger.rows)
    tables.put("items", "i", (GOLDEN / "known.json").read_bytes())
    tagger.rows.apply(tables.changes)
    assert tagger(at_page(*SUIT, feed="g"))[0][0].joined


@pytest.mark.parametrize("table", ["items"])
def test_what_is_old_is_forgotten(table):
    tagger = Tagger()
    tagger(item("of a"))
    tagger(Tick(table, "i", 1))
    assert tagger.rows.get(table, "i") is None


def answer(who: str, no: str = "a", yes: str = "", id: str = "") -> Label:
    """What a subscription says of its alert by a link."""
    said = label(yes, no, f"subscription {who}", id)
    return msgspec.structs.replace(said, standing="subscriber", alert=f"alert of {who}")


def test_one_subscribers_answer_is_an_opinion_and_its_own_feedback_and_changes_nothing_for_all():
    tagger = Tagger()
    tagger(item("of a"))
    (tagged,), candidates = tagger(answer("x"))
    assert (tagged.tags, tagged.themes["a"], tagged.rule, candidates) == (("a",), 0.9, "", [])
    (said,) = tagged.opinions
    assert (said.who, said.standing, said.theme, said.right, said.counts) == (
        "subscription x", "subscriber", "a", False, False,
    )  # fmt: skip
    assert [(f.subscription, f.alert, f.theme, f.right) for f in tagger.feedback] == [("x", "alert of x", "a", False)]


@pytest.mark.parametrize("second", [answer("y"), label(no="a", who="ann")])
def test_a_second_subscriber_or_a_labeller_makes_it_hold_for_all(second):
    tagger = Tagger()
    tagger(item("of a"), answer("x"))
    (tagged,), candidates = tagger(second)
    assert (tagged.tags, tagged.rule, candidates) == ((), "label", [("a", False)])
    assert [each.counts for each in tagged.opinions] == [True, True]


def test_an_answer_that_is_undone_or_changed_is_so_for_its_subscription():
    tagger = Tagger()
    tagger(item("of a"), answer("x", id="1"))
    tagger(answer("x", "", "a", id="2"))
    assert [each.right for each in tagger.feedback] == [True]
    tagger(label(who="ann", undoes="2"))
    assert [each.right for each in tagger.feedback] == [False]
    (tagged,), candidates = tagger(label(who="ann", undoes="1"))
    assert [each.right for each in tagger.feedback] == [None]
    assert (tagged.opinions, candidates) == ((), [])


def test_an_answer_on_an_item_that_is_not_here_still_counts_for_its_subscription():
    tagger = Tagger()
    assert tagger(answer("x")) == ([], [])
    assert [each.subscription for each in tagger.feedback] == ["x"]
    (tagged,), _ = tagger(item("of a"))
    assert [each.who for each in tagged.opinions] == ["subscription x"]


class Beside:
    """Themes of one's own by heart: `x` surely and `y` unsurely where the title names them."""

    def judge(self, themes):
        return lambda texts, judged: [
            self._one(text.title.split(), one) for text, one in zip(texts, judged, strict=True)
        ]

    def _one(self, words: list[str], judged: Judgement) -> Judgement:
        own = {"x": "tagged" if "x" in words else "none", "y": "unsure" if "y" in words else "none"}
        tags = tuple(theme for theme in own if theme in words)
        themes = {**judged.themes, **{theme: 0.8 if theme in tags else 0.1 for theme in own}}
        models = {tag: f"t-{tag}" for tag in tags}
        return dataclasses.replace(judged, themes=themes, tags=(*judged.tags, *tags), own=own, own_models=models)


def beside(*things):
    """What is tagged, and of each candidate its theme, whether it stands, its decision and its model."""
    stage, rows = TagStage(Knows(), own=Beside()), InMemoryRows()
    assert stage.views == ("models", "themes")
    for n, thing in enumerate(things):
        where = "labels" if isinstance(thing, Label) else "items"
        event = Record(where, 0, n, "i", encode(thing))
        effects = stage.decide(Tables(rows, {"models": {}, "themes": {}}), [event], 100)
        rows.apply(effects.changes)
    tagged = [decode(out.value, Tagged) for out in effects.outputs if out.topic == "tagged"]
    found = [decode(out.value, Candidate) for out in effects.outputs if out.topic == "candidates"]
    return tagged[-1], [(one.theme, one.stands, one.tagged.decision, one.tagged.model) for one in found]


def test_each_theme_of_ones_own_has_a_decision_of_its_own():
    tagged, candidates = beside(item("of a x y"))
    assert (tagged.tags, tagged.decision) == (("a", "x", "y"), "tagged")
    assert candidates == [("a", True, "tagged", "m-1"), ("x", True, "tagged", "t-x"), ("y", True, "unsure", "t-y")]
    assert beside(item("of y"))[0].decision == "unsure"
    assert beside(item("of x"))[0].decision == "tagged"
    assert beside(item("of nothing"))[0].decision == "none"


def test_peoples_word_on_a_theme_of_ones_own_is_of_that_theme_alone():
    tagged, candidates = beside(item("of y"), label(yes="y"))
    assert (tagged.tags, tagged.decision, tagged.own["y"]) == (("y",), "tagged", "tagged")
    assert candidates == [("y", True, "tagged", "t-y")]
    tagged, candidates = beside(item("of a x"), label(no="x"))
    assert (tagged.tags, tagged.decision) == (("a",), "tagged")
    assert candidates == [("a", True, "tagged", "m-1"), ("x", False, "none", "t-x")]
