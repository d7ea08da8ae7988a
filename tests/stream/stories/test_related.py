"""Stories that are likely of one event without being one: each remembers the other, and its alerts name those."""

from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.log.in_memory_rows import InMemoryRows
from stream.records import Related
from stream.stories.open_stories import RelatedStory
from stream.stories.related import KEPT, NAMED, link_back, named, related_to
from stream.stories.relation import RELATED_AT
from stream.stories.rows import MEMBERS, STORIES, Member, Part, Story
from stream.stories.stage import alert_id
from tests.bench.alerted import written
from tests.stream.stories.test_stage import candidate, told
from tests.stream.stories.test_stories import NOW, Stories, run


def tables(*stories: tuple[str, Story]) -> Tables:
    """Stories by name, each with an item of its name that is tagged."""
    made = Tables(InMemoryRows())
    for name, story in stories:
        STORIES.put(made, name, story)
        shown = candidate(name, title=f"Title {name}", url=f"https://{name}.example/").tagged
        MEMBERS.put(made, f"t/{name}", Member(name, 0, shown))
    return made


def alerted(name: str, **of) -> tuple[str, Story]:
    return name, Story(**{"seq": 0, "kind": "new", "parts": (Part(name, (name,), stands=True, fresh=True),), **of})


def test_of_what_is_known_the_greater_probability_stays_and_the_likeliest_are_kept():
    story = related_to(Story(), [RelatedStory("a", 0.5), RelatedStory("b", 0.7)])
    story = related_to(story, [RelatedStory("a", 0.4), RelatedStory("b", 0.75)])
    assert story.related == {"a": 0.5, "b": 0.75}
    many = related_to(story, [RelatedStory(f"c{n}", 0.6 + n / 100) for n in range(KEPT)])
    assert len(many.related) == KEPT
    assert "a" not in many.related
    assert related_to(story, []) is story


def test_the_other_story_learns_of_it_and_one_that_is_gone_does_not_come_back():
    made = tables(alerted("a"))
    link_back(made, "b", [RelatedStory("a", 0.6), RelatedStory("gone", 0.5)], due=9)
    assert STORIES.get(made, "a").related == {"b": 0.6}
    assert STORIES.get(made, "gone") is None


def test_an_alert_names_what_was_alerted_and_stands_the_likeliest_first():
    silent = alerted("silent", seq=-1, kind="")
    gone = alerted("gone", kind="retracted", parts=(Part("gone", (), stands=False, fresh=True),))
    made = tables(alerted("a"), alerted("b"), silent, gone)
    story = Story(related={"a": 0.5, "b": 0.7, "silent": 0.8, "gone": 0.8, "unknown": 0.8})
    assert named(made, "t", story) == (
        Related("b", 0.7, "Title b", "https://b.example/"),
        Related("a", 0.5, "Title a", "https://a.example/"),
    )
    crowd = tables(*(alerted(f"c{n}") for n in range(KEPT)))
    assert len(named(crowd, "t", Story(related={f"c{n}": 0.5 for n in range(KEPT)}))) == NAMED


def events() -> list:
    """Written events of one theme, as candidates in their order."""
    found = [one for one in written() if (one.file, one.theme) == ("f", "ip-disputes")]
    return [
        candidate(
            f"i{n}", source=f"Outlet {n}", url=f"https://o{n}.example/", title=each.title, summary=each.summary,
            lang=each.lang, published=NOW + each.at, first_seen=NOW + each.at,
        )
        for n, each in enumerate(sorted(found, key=lambda one: one.at))
    ]  # fmt: skip


def test_written_events_name_earlier_alerts_that_stand_and_each_story_knows_the_other():
    course: Stories = run()
    raised: set[str] = set()
    count = 0
    for each in events():
        for alert in told(course, each):
            assert {other.alert for other in alert.related} <= raised - {alert.id}
            probabilities = [other.probability for other in alert.related]
            assert probabilities == sorted(probabilities, reverse=True)
            assert all(RELATED_AT - 0.001 <= p <= 1 for p in probabilities)
            assert all(other.title and other.url for other in alert.related)
            raised.add(alert.id)
            count += len(alert.related)
    assert count
    stories = course.rows_of("stories", Story)
    for name, story in stories.items():
        for other in story.related:
            assert name in stories[other].related or len(stories[other].related) == KEPT


def test_nothing_is_said_because_of_a_relation_alone():
    course = events()
    kinds = {alert_id("t", each.tagged.item.id): [] for each in course}
    for alert in told(run(), *course):
        kinds[alert.id].append(alert.kind)
    assert all(each.count("new") <= 1 for each in kinds.values())
    again = told(run(), *course, *(replace(each) for each in course))
    assert len(again) == sum(map(len, kinds.values()))
