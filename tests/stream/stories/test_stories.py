"""Items of one event, told as docs/stories.md tells of them: its examples are these."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.log.records import Change, Tick
from stream.records import Alert
from stream.stories.open_stories import WINDOW
from stream.stories.rows import Member, Open, Part, Story, independent, lead
from stream.stories.stage import KEPT, LATE, MOST_SOURCES, StoryStage, alert_id
from stream.units import HOUR
from tests.stream.stories.test_stage import candidate, told
from tests.stream.stories.test_stages import Run
from tests.stream.stories.words import extractor

NOW = 1_770_000_000_000
COURT = {
    "title": "Munich court bars sales of Lumora phones",
    "summary": "Suolanen won on 5G patents; 95 million bail.",
}
AGAIN = {
    "title": "Lumora phones barred in Germany after Suolanen's patent win",
    "summary": "A court in Munich asks for security of 95 million euros before the ban on 5G phones takes effect.",
}
RUSSIAN = {
    "lang": "ru",
    "title": "Суд в Мюнхене запретил продажу телефонов Lumora",
    "summary": "Иск подала Suolanen, обеспечение — 95 млн евро.",
}
OTHER = {"title": "Choir sues Canticle AI over hymn recordings", "summary": "Singers from Tampere ask for 3 million."}


def item(name: str, of: dict[str, str], hours: float = 0, **more):
    """A candidate of an outlet of its own, so many hours later."""
    at = NOW + int(hours * HOUR)
    made = {"source": name, "url": f"https://{name}.example/1", "published": at, "first_seen": at, **of, **more}
    return candidate(name, **made)


class Stories(Run):
    """The stage, whose rows can be looked at."""

    def rows_of(self, table: str, kind: type) -> dict[str, object]:
        return {key: msgspec.json.decode(row, type=kind) for key, row in self.rows.items(table)}


def run() -> Stories:
    return Stories(StoryStage(extractor))


def course(*candidates) -> list[Alert]:
    return told(run(), *candidates)


def stories(alerts: list[Alert]) -> dict[str, list[str]]:
    """What was said of each story."""
    found: dict[str, list[str]] = {}
    for alert in alerts:
        found.setdefault(alert.id, []).append(alert.kind)
    return found


def test_another_outlet_in_other_words_joins_and_is_an_update():
    first, second = course(item("a", COURT), item("b", AGAIN, 2))
    assert (first.kind, first.seq, first.independent) == ("new", 0, 1)
    assert (second.kind, second.seq, second.independent) == ("update", 1, 2)
    assert second.id == first.id == alert_id("t", "a")
    assert [source.item for source in second.sources] == ["a", "b"]
    assert second.title == COURT["title"]


def test_another_language_joins():
    assert stories(course(item("a", COURT), item("r", RUSSIAN, 3))) == {alert_id("t", "a"): ["new", "update"]}


def test_another_event_is_a_story_of_its_own():
    assert len(stories(course(item("a", COURT), item("o", OTHER)))) == 2


def test_what_comes_days_later_is_another_event():
    assert len(stories(course(item("a", COURT), item("b", AGAIN, 24 * 5)))) == 2


def test_copies_join_without_a_word_and_are_marked_in_the_next():
    wire = {**AGAIN, "title": AGAIN["title"] + " - Evening Post"}
    alerts = course(item("a", AGAIN), item("c", wire, 1), item("r", RUSSIAN, 2))
    assert [(a.kind, a.independent) for a in alerts] == [("new", 1), ("update", 2)]
    assert [(s.item, s.copy_of) for s in alerts[-1].sources] == [("a", ""), ("c", "a"), ("r", "")]


def test_two_items_of_one_outlet_count_once():
    assert [a.kind for a in course(item("a", COURT), item("b", AGAIN, 2, source="a"))] == ["new"]
    assert [a.kind for a in course(item("a", COURT), item("b", AGAIN, 2, url="https://www.a.example/2"))] == ["new"]


def carried(name: str, of: dict[str, str], hours: float, outlet: str, site: str = ""):
    """A candidate of an outlet, brought by an aggregator whose links lead to itself."""
    link = f"https://news.google.com/rss/articles/{name}"
    return item(name, of, hours, source=outlet, url=link, via="GPU - News", source_url=site)


def test_two_outlets_that_one_aggregator_carries_are_two():
    alerts = course(carried("a", COURT, 0, "Wire"), carried("b", AGAIN, 2, "Daily"))
    assert [a.independent for a in alerts] == [1, 2]


def test_an_outlet_counts_once_also_where_an_aggregator_carries_it():
    own = {"source": "Wire: latest", "url": "https://www.wire.example/1"}
    for other in (
        carried("b", AGAIN, 2, "Wire", "https://wire.example/feed"),
        carried("b", AGAIN, 2, "wire: Latest"),
    ):
        assert [a.independent for a in course(item("a", COURT, **own), other)] == [1]


def test_an_address_without_a_name_is_no_outlet():
    alerts = course(item("a", COURT, url="http://127.0.0.1:8000/1"), item("b", AGAIN, 2, url="http://127.0.0.1:8000/2"))
    assert [a.independent for a in alerts] == [1, 2]


def test_texts_of_one_mould_are_events_of_their_own():
    release = "Release {} of the open inference engine is out, with faster kernels for ordinary processors"
    names = ("b4120", "b4121", "b4122")
    alerts = course(*(item(name, {"title": release.format(name), "summary": ""}) for name in names))
    assert [a.kind for a in alerts] == ["new"] * 3


def test_a_member_that_moves_out_leaves_the_story_to_the_others():
    alerts = course(
        item("a", COURT), item("b", AGAIN, 1), item("a", COURT, 2, revision=1, stands=False),
        item("b", AGAIN, 3, revision=1, stands=False),
    )  # fmt: skip
    assert [(a.kind, a.seq, a.independent) for a in alerts] == [
        ("new", 0, 1), ("update", 1, 2), ("update", 2, 1), ("retracted", 3, 1),
    ]  # fmt: skip
    assert alerts[2].title == AGAIN["title"]
    assert {a.id for a in alerts} == {alert_id("t", "a")}


def test_history_joins_without_a_word_and_news_in_its_story_is_new():
    assert [a.kind for a in course(item("a", COURT), item("h", AGAIN, baseline=True))] == ["new"]
    first, *rest = course(item("h", AGAIN, baseline=True), item("a", COURT, 1))
    assert (first.kind, first.seq, first.title, rest) == ("new", 0, COURT["title"], [])
    assert first.id == alert_id("t", "h")


def test_a_story_of_another_theme_is_another_story():
    assert len(stories(course(item("a", COURT), item("b", AGAIN, 1, theme="u")))) == 2


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_arrival_makes_the_same_groups(order):
    candidates = [item("a", COURT), item("b", AGAIN, 1), item("r", RUSSIAN, 2), item("o", OTHER, 1)]
    at_work = run()
    told(at_work, *(candidates[at] for at in order))
    rows = {key.partition("/")[2]: row for key, row in at_work.rows_of("members", Member).items()}
    assert rows["a"].story == rows["b"].story == rows["r"].story != rows["o"].story


def test_a_batch_comes_to_the_same_as_one_after_the_other():
    candidates = [item("a", COURT), item("b", AGAIN, 1), item("r", RUSSIAN, 2), item("o", OTHER, 1)]
    assert told(run(), *candidates, together=True) == course(*candidates)


def test_what_is_open_closes_and_what_was_said_is_forgotten_in_time():
    at_work = run()
    told(at_work, item("a", COURT))
    at_work(Tick("open", "t/a", 0))
    assert at_work.rows_of("open", Open) == {}
    at_work(Tick("members", "t/a", 0))
    assert at_work.rows_of("members", Member)["t/a"] == Member(alert_id("t", "a"), 0)
    at_work(Tick("members", "t/a", 0))
    assert at_work.rows_of("members", Member) == {}
    assert WINDOW + LATE < KEPT


PARTS = st.builds(
    Part, st.sampled_from("abcdef"), st.sampled_from([("x",), ("y",), ("z", "x")]), st.booleans(), st.booleans(),
    st.sampled_from(["", "a", "b"]),
)  # fmt: skip


@given(st.lists(PARTS, unique_by=lambda part: part.item), st.randoms(use_true_random=False))
def test_how_many_are_independent_does_not_hang_on_the_order(parts, chance):
    shuffled = list(parts)
    chance.shuffle(shuffled)
    assert independent(shuffled) == independent(parts) <= sum(part.stands for part in parts)
    assert (independent(parts) == 0) == (lead(parts) is None)


def test_a_story_of_very_many_shows_some_of_its_sources_and_counts_them_all():
    parts = tuple(Part(str(n), (f"outlet {n}",), True, True) for n in range(60))
    at_work = run()
    at_work.rows.apply(
        [Change("stories", alert_id("t", "0"), msgspec.json.encode(Story(0, "new", "x", 1, NOW, parts)))]
        + [
            Change("members", f"t/{n}", msgspec.json.encode(Member(alert_id("t", "0"), 0, item(str(n), COURT).tagged)))
            for n in range(60)
        ]
    )
    (alert,) = told(at_work, item("0", AGAIN, revision=1))
    assert (alert.kind, alert.independent, len(alert.sources)) == ("update", 60, MOST_SOURCES)
