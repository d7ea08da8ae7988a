"""The tag stage: items ─► tagged, candidates. Items of one link from several feeds are joined here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from classifiers.judging.classify import Judgement
from classifiers.judging.text import Text
from stream.records import Candidate, Decision, Item, Source, Tagged, decode, encode
from stream.stage import Effects, Event, Out, Record, Tables, Tick
from stream.topics import retry_topic

__all__ = ["DAY", "Judge", "TagStage"]

DAY = 86_400_000
KEPT = 90 * DAY  # as long as `tagged` is
MOST_SOURCES = 50


Judge = Callable[[Sequence[Text]], Sequence[Judgement]]


class Known(msgspec.Struct, frozen=True):
    """A row: what was said of an item, and where it was read; its text stays in the records."""

    feed: str
    revision: int
    baseline: bool
    first_seen: int
    themes: dict[str, float]
    tags: tuple[str, ...]
    tags_ever: tuple[str, ...]
    decision: Decision
    model: str
    sources: tuple[Source, ...]
    v: int = 1


@dataclass(frozen=True)
class TagStage:
    """Judges each new text once, with the model that serves; `load` makes a judge of a model record, and keeps it."""

    load: Callable[[Mapping[str, bytes]], Judge]
    judged_for: int = 7 * DAY
    name: str = "tag"
    inputs: tuple[str, ...] = ("items", "labels", retry_topic("tag"))
    views: tuple[str, ...] = ("models",)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One `tagged` record for each item record, candidates for its themes; see `stream.stage.Stage`."""
        items = [decode(e.value, Item) for e in events if isinstance(e, Record) and e.topic != "labels"]
        fresh = [_text_of(item) for item in items if self._is_judged(item)]
        verdicts = dict(zip(fresh, self.load(tables.view("models"))(fresh), strict=True)) if fresh else {}
        outs: list[Out] = []
        for tick in events:
            if isinstance(tick, Tick):
                tables.delete(tick.table, tick.key)
        for item in items:
            outs += _tag(tables, item, verdicts.get(_text_of(item)) if self._is_judged(item) else None, now)
        return Effects(outs, tables.changes)

    def _is_judged(self, item: Item) -> bool:
        """What a feed carried before we knew it is judged only while it is news."""
        return not (item.baseline and item.published < item.first_seen - self.judged_for)


def _text_of(item: Item) -> Text:
    return Text(item.title, item.summary, item.lang)


def _tag(tables: Tables, item: Item, verdict: Judgement | None, now: int) -> list[Out]:
    row = tables.get("items", item.id)
    known = msgspec.json.decode(row, type=Known) if row else None
    if known and (known.feed != item.feed or known.revision > item.revision):
        tagged = _joined(known, item, now)
        _remember(tables, item.id, replace(known, sources=tagged.sources), now)
        return [Out("tagged", item.id, encode(tagged))]
    tagged = _judged(known, item, verdict, now)
    ever = tuple(sorted({*(known.tags_ever if known else ()), *tagged.tags}))
    _remember(tables, item.id, _known(tagged, ever), now)
    outs = [Out("tagged", item.id, encode(tagged))]
    if verdict is not None:
        for theme in ever:
            candidate = Candidate(theme=theme, stands=theme in tagged.tags, tagged=tagged)
            outs.append(Out("candidates", theme, encode(candidate)))
    return outs


def _joined(known: Known, item: Item, now: int) -> Tagged:
    """Another feed's record of a link that is known adds a source; what was decided stands."""
    source = Source(item.source, item.url, item.id)
    sources = known.sources
    if source not in sources and len(sources) < MOST_SOURCES:
        sources = (*sources, source)
    return Tagged(
        item=item,
        themes=known.themes,
        tags=known.tags,
        decision=known.decision,
        reasons=(),
        model=known.model,
        sources=sources,
        joined=True,
        at=now,
    )


def _judged(known: Known | None, item: Item, verdict: Judgement | None, now: int) -> Tagged:
    """The item with its verdict; without one it is too old to be news."""
    if known:  # old news stays old news when its text is edited
        item = replace(item, baseline=known.baseline, first_seen=known.first_seen)
    sources = known.sources if known else (Source(item.source, item.url, item.id),)
    if verdict is None:
        return Tagged(
            item=item, themes={}, tags=(), decision="not judged", reasons=(), model="", sources=sources, at=now
        )
    return Tagged(
        item=replace(item, lang=verdict.lang or item.lang),
        themes=dict(verdict.themes),
        tags=verdict.tags,
        decision=verdict.decision,
        reasons=verdict.reasons,
        model=verdict.model,
        sources=sources,
        at=now,
    )


def _known(tagged: Tagged, ever: tuple[str, ...]) -> Known:
    item = tagged.item
    return Known(
        feed=item.feed,
        revision=item.revision,
        baseline=item.baseline,
        first_seen=item.first_seen,
        themes=tagged.themes,
        tags=tagged.tags,
        tags_ever=ever,
        decision=tagged.decision,
        model=tagged.model,
        sources=tagged.sources,
    )


def _remember(tables: Tables, item: str, known: Known, now: int) -> None:
    tables.put("items", item, msgspec.json.encode(known), due=now + KEPT)
