"""Stories that are likely of one event and not surely enough to be one: kept on both, and named by their alerts."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from stream.engine.tables import Tables
from stream.records import Related
from stream.stories.open_stories import RelatedStory
from stream.stories.rows import MEMBERS, STORIES, Story, lead

__all__ = ["link_back", "named", "related_to"]

KEPT = 10  # stories that one remembers: what is in so many threads is in none
NAMED = 5  # of these by an alert


def related_to(story: Story, found: Sequence[RelatedStory]) -> Story:
    """Return the story with these beside it; of what is known already the greater probability stays."""
    if not found:
        return story
    known = dict(story.related)
    for each in found:
        known[each.story] = max(round(each.probability, 3), known.get(each.story, 0.0))
    return replace(story, related=dict(_ranked(known)[:KEPT]))


def link_back(tables: Tables, story_id: str, found: Sequence[RelatedStory], due: int) -> None:
    """Writes the relation into the rows of the others, whose next alert names it: nothing is said because of it."""
    for each in found:
        if (other := STORIES.get(tables, each.story)) is not None:
            linked = related_to(other, [RelatedStory(story_id, each.probability)])
            STORIES.put(tables, each.story, linked, due=due)


def named(tables: Tables, theme: str, story: Story) -> tuple[Related, ...]:
    """Return the related stories that have an alert which stands, the most probable first."""
    found = []
    for name, probability in _ranked(story.related):
        other = STORIES.get(tables, name)
        shown = lead(other.parts) if other and other.seq >= 0 else None
        if shown is None:
            continue
        member = MEMBERS.get(tables, f"{theme}/{shown.item}")
        item = member.tagged.item if member and member.tagged else None
        found.append(Related(name, probability, item.title if item else "", item.url if item else ""))
    return tuple(found[:NAMED])


def _ranked(related: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(related.items(), key=lambda each: (-each[1], each[0]))
