"""What a probability makes of two reports, and which stories an item is related to without being of them."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stream.stories.open_items import OpenTheme
from stream.stories.open_stories import OpenStoryIndex
from stream.stories.relation import RELATED_AT, SAME_AT, Relation, relation
from stream.stories.rows import Open
from stream.units import DAY, HOUR
from tests.bench.alerted import written
from tests.stream.stories.words import extractor


def test_each_bar_belongs_to_what_it_begins():
    assert relation(SAME_AT) is Relation.SAME
    assert relation(RELATED_AT) is Relation.RELATED
    assert relation(RELATED_AT - 1e-9) is Relation.APART


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_is_more_probable_is_never_further_apart(one, other):
    order = [Relation.APART, Relation.RELATED, Relation.SAME]
    nearer, further = max(one, other), min(one, other)
    assert order.index(relation(further)) <= order.index(relation(nearer))


def test_an_item_is_related_to_stories_that_it_does_not_join_the_likeliest_first():
    theme, related = OpenTheme(), 0
    stories = OpenStoryIndex(theme, extractor())
    for at, item in enumerate(one for one in written() if (one.file, one.theme) == ("f", "ip-disputes")):
        row = Open(str(at), str(at), item.at, item.at, item.title, item.summary, item.lang)
        found = stories.assign(row)
        theme.put(row.item, replace(row, story=found.member.story if found.member else row.story))
        probabilities = [other.probability for other in found.related]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(relation(probability) is not Relation.APART for probability in probabilities)
        assert found.member or all(relation(probability) is Relation.RELATED for probability in probabilities)
        assert found.member is None or found.member.story not in {other.story for other in found.related}
        related += len(probabilities)
    assert related


def opened(name: str, title: str, hours: int = 0) -> Open:
    at = 10 * DAY + hours * HOUR
    return Open(name, name, at, at, title, "", "en")


def index(*rows: Open) -> OpenStoryIndex:
    theme = OpenTheme()
    for row in rows:
        theme.put(row.item, row)
    return OpenStoryIndex(theme, extractor())


REPORT = opened("report", "Skandara recalls its Ostravel valve after a flood in Tarnholm")


def test_a_report_in_nearly_the_same_words_joins():
    """As rewritten agency copy does, which shares too little to be a copy."""
    again = opened("again", "Skandara is recalling its Ostravel valve following a flood in Tarnholm", hours=1)
    assert index(REPORT).assign(again).member == REPORT


def test_what_else_is_open_and_how_late_it_is_decides_with_the_words():
    title = "Flood in Tarnholm: Skandara to blame"
    names = ["Tarnholm mayor thanks firefighters", "Flood of calls", "Skandara names a chairman"]
    others = [opened(f"{turn} {name}", name) for turn in range(4) for name in names]

    def probability(where: OpenStoryIndex, hours: int) -> float:
        found = where.assign(opened("item", title, hours))
        related = {other.story: other.probability for other in found.related}
        return 1.0 if found.member == REPORT else related.get("report", 0.0)

    alone, among = index(REPORT), index(REPORT, *others)
    assert probability(alone, 1) > probability(among, 1)
    assert probability(among, 1) > probability(among, 80)
