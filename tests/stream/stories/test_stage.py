"""The story stage: what a reader is told of an item, and in which order; `test_stages.py` has the common course."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.log.records import Record
from stream.records import Alert, Candidate, Item, Reason, Source, Tagged, decode, encode
from stream.stories.stage import StoryStage, alert_id
from tests.stream.stories.test_stages import Run
from tests.stream.stories.words import extractor

SOURCES = (Source("Feed", "https://example.org/1", "i"),)


def candidate(item: str = "i", theme: str = "t", stands: bool = True, **of) -> Candidate:
    made = {
        "id": item, "feed": "f", "source": "Feed", "entry": "e", "revision": 0, "url": "https://example.org/1",
        "title": "A title", "summary": "", "lang": "en", "published": 1, "date_quality": "trusted", "first_seen": 2,
        "baseline": False,
    }  # fmt: skip
    reasons = (Reason(theme, "title", 0, 1, 0.5), Reason("another", "title", 0, 1, 0.5))
    told_of = Item(**{**made, **of})
    sources = (Source(told_of.source, told_of.url, told_of.id),)
    tagged = Tagged(
        item=told_of, themes={theme: 0.9}, tags=(theme,) if stands else (), sources=sources,
        decision="tagged" if stands else "none", reasons=reasons, model="m", at=50,
    )  # fmt: skip
    return Candidate(theme=theme, stands=stands, tagged=tagged)


def told(run: Run, *candidates: Candidate, together: bool = False) -> list[Alert]:
    records = [Record("candidates", 0, n, c.theme, encode(c)) for n, c in enumerate(candidates)]
    batches = [records] if together else [[r] for r in records]
    return [decode(out.value, Alert) for batch in batches for out in run(*batch).outputs]


def test_an_alert_says_what_was_tagged_why_and_when():
    (alert,) = told(Run(StoryStage(extractor)), candidate())
    assert (alert.id, alert.story, alert.seq, alert.kind) == (alert_id("t", "i"), alert_id("t", "i"), 0, "new")
    assert (alert.title, alert.sources, alert.probability, alert.sure) == ("A title", SOURCES, 0.9, True)
    assert [r.theme for r in alert.reasons] == ["t"]
    assert (alert.published, alert.first_seen, alert.tagged_at, alert.alerted_at) == (1, 2, 50, 100)


def test_an_alert_goes_to_its_themes_topic_with_the_story_as_key():
    (out,) = Run(StoryStage(extractor))(Record("candidates", 0, 0, "u", encode(candidate(theme="u")))).outputs
    assert (out.topic, out.key) == ("alerts.u", alert_id("u", "i"))


def test_the_alert_id_is_the_same_for_ever_and_differs_by_theme_and_item():
    assert alert_id("t", "i") == alert_id("t", "i")
    assert len({alert_id("t", "i"), alert_id("t", "j"), alert_id("u", "i"), alert_id("ti", "")}) == 4
    ids = {
        a.id
        for a in told(
            Run(StoryStage(extractor)), candidate(), candidate(revision=1, title="B"), candidate(stands=False)
        )
    }
    assert ids == {alert_id("t", "i")}


def test_a_text_that_only_moved_to_another_address_is_not_worth_an_update():
    assert len(told(Run(StoryStage(extractor)), candidate(), candidate(revision=1, url="https://example.org/2"))) == 1


def test_what_was_retracted_and_stands_again_is_an_update():
    course = [candidate(), candidate(stands=False, revision=1), candidate(revision=2)]
    assert [(a.kind, a.seq) for a in told(Run(StoryStage(extractor)), *course)] == [
        ("new", 0),
        ("retracted", 1),
        ("update", 2),
    ]


def test_the_same_revision_judged_anew_is_heard():
    assert [a.kind for a in told(Run(StoryStage(extractor)), candidate(), candidate(stands=False))] == [
        "new",
        "retracted",
    ]


def test_what_never_stood_is_never_retracted():
    assert told(Run(StoryStage(extractor)), candidate(stands=False), candidate(stands=False, revision=1)) == []


def test_an_item_of_two_themes_has_two_stories():
    alerts = told(
        Run(StoryStage(extractor)), candidate(theme="t"), candidate(theme="u"), candidate(theme="u", stands=False)
    )
    assert [(a.theme, a.kind, a.seq) for a in alerts] == [("t", "new", 0), ("u", "new", 0), ("u", "retracted", 1)]


STEPS = st.tuples(st.sampled_from("ij"), st.sampled_from("tu"), st.booleans(), st.sampled_from("AB"), st.integers(0, 3))


@settings(deadline=None)  # the first example waits for the words of countries
@given(st.lists(STEPS, max_size=25), st.sampled_from([False, True]))
def test_each_story_counts_from_nought_without_gaps_and_begins_with_new(steps, baseline_of_j):
    course = [
        candidate(i, t, stands, title=title, revision=revision, baseline=baseline_of_j and i == "j")
        for i, t, stands, title, revision in steps
    ]
    stories: dict[str, list[Alert]] = {}
    for alert in told(Run(StoryStage(extractor)), *course):
        stories.setdefault(alert.id, []).append(alert)
    for alerts in stories.values():
        assert [a.seq for a in alerts] == list(range(len(alerts)))
        assert [a.kind for a in alerts].index("new") == 0
        kinds = [a.kind for a in alerts]
        assert kinds.count("new") == 1
        assert ("retracted", "retracted") not in pairwise(kinds)
    if baseline_of_j:
        assert not {alert_id(t, "j") for t in "tu"} & set(stories)


@given(st.lists(STEPS, max_size=15))
def test_a_batch_comes_to_the_same_as_one_after_the_other(steps):
    course = [candidate(i, t, stands, title=title, revision=revision) for i, t, stands, title, revision in steps]
    assert told(Run(StoryStage(extractor)), *course, together=True) == told(Run(StoryStage(extractor)), *course)


def test_where_items_do_not_join_each_is_a_story_of_its_own_and_a_further_word_on_it_is_an_update():
    title = "A court in Ostravel bans the sale of the Merrin accelerator"
    others = {"feed": "g", "source": "Other", "url": "https://example.com/2"}
    copies = [candidate(item="i", title=title), candidate(item="j", title=title, summary="From Monday on.", **others)]
    assert [alert.kind for alert in told(Run(StoryStage(extractor)), *copies, together=True)] == ["new"]
    apart = Run(StoryStage(extractor, joins=False))
    assert [alert.kind for alert in told(apart, *copies, together=True)] == ["new", "new"]
    assert [alert.kind for alert in told(apart, candidate(item="i", revision=1, title="B"))] == ["update"]
