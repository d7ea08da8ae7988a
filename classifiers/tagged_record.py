"""The row of an item, and the record on `tagged` that comes of it: the model's verdict, and people's word over it."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from classifiers.judging.classify import Judgement
from classifiers.labels.current import CurrentLabel
from classifiers.rows import ItemRow
from stream.records import Decision, Item, Opinion, Source, Tagged

__all__ = ["MOST_SOURCES", "SAYS", "counting", "of_theme", "row_of", "tagged_of", "with_source"]

MOST_SOURCES = 50
SAYS = 300  # characters of a summary, by which two records of one link are compared
PEOPLE = "label"  # the `rule` of what people decided
_YES_NO = (True, False)
TAGGED: Decision = "tagged"
NONE: Decision = "none"
UNSURE: Decision = "unsure"


def counting(said: Sequence[Opinion]) -> CurrentLabel:
    """What of people's words counts for everybody."""
    return CurrentLabel(*(frozenset(each.theme for each in said if each.counts and each.right is r) for r in _YES_NO))


def tagged_of(known: ItemRow, item: Item, label: CurrentLabel, now: int) -> Tagged:
    """The record of an item with the model's verdict as its row has it, and people's label over it."""
    themes = {
        **known.themes,
        **dict.fromkeys(sorted(label.yes), 1.0),
        **dict.fromkeys(sorted(label.no), 0.0),
    }
    tags = (
        *(tag for tag in known.tags if tag not in label.no),
        *(theme for theme in sorted(label.yes) if theme not in known.tags),
    )
    said = {**dict.fromkeys(label.yes, TAGGED), **dict.fromkeys(label.no, NONE)}
    own = {theme: said.get(theme, decision) for theme, decision in known.own.items()}
    return Tagged(
        item=item,
        themes=themes,
        tags=tags,
        decision=_together(_shipped_decision(known, tags, label), own),
        own=own,
        reasons=(),
        model=known.model,
        rule=PEOPLE if label else known.rule,
        sources=known.sources,
        at=now,
    )


def _shipped_decision(known: ItemRow, tags: Sequence[str], label: CurrentLabel) -> Decision:
    """The decision on the themes that ship, as the model and people have it."""
    themes, yes, no = set(known.themes) - known.own.keys(), label.yes - known.own.keys(), label.no - known.own.keys()
    if yes:
        return TAGGED
    if (yes or no) and not set(tags) - known.own.keys():
        return NONE if set(known.tags) - known.own.keys() or no >= themes else known.decision
    return known.decision


def _together(decision: Decision, own: Mapping[str, Decision]) -> Decision:
    """The decision on all themes: one's own speak where those that ship are none of an item's."""
    if decision != NONE:
        return decision
    return TAGGED if TAGGED in own.values() else UNSURE if UNSURE in own.values() else NONE


def of_theme(tagged: Tagged, theme: str, known: ItemRow, label: CurrentLabel) -> Tagged:
    """The record as a candidate of this theme has it: its decision, and what made it, are the theme's."""
    if not tagged.own:
        return tagged
    if theme in tagged.own:
        model = known.own_models.get(theme, known.model)
        return replace(tagged, decision=tagged.own[theme], model=model)
    return replace(tagged, decision=_shipped_decision(known, tagged.tags, label))


def with_source(known: ItemRow, item: Item) -> tuple[Source, ...]:
    """Another feed's record of a link that is known adds a source; what was decided stands."""
    source = _source(item)
    if source in known.sources or len(known.sources) >= MOST_SOURCES:
        return known.sources
    return (*known.sources, source)


def row_of(known: ItemRow | None, item: Item, verdict: Judgement | None) -> ItemRow:
    """The row of an item with its verdict; without one it is too old to be news."""
    return ItemRow(
        feed=item.feed,
        revision=item.revision,
        baseline=item.baseline,
        first_seen=item.first_seen,
        themes=dict(verdict.themes) if verdict else {},
        tags=verdict.tags if verdict else (),
        tags_ever=known.tags_ever if known else (),
        decision=verdict.decision if verdict else "not judged",
        model=verdict.model if verdict else "",
        sources=known.sources if known else (_source(item),),
        rule=verdict.rule if verdict else "",
        own=dict(verdict.own) if verdict else {},
        own_models=dict(verdict.own_models) if verdict else {},
        title=item.title,
        says=item.summary[:SAYS],
        joined=known.joined if known else (),
        apart=known.apart if known else (),
    )


def _source(item: Item) -> Source:
    return Source(item.source, item.url, item.id, via=item.via, site=item.source_url)
