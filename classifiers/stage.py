"""The tag stage: items ─► tagged, candidates. Items of one link from several feeds are joined here.

A model's judgement of an item and people's labels of it are stored apart, in the tables `items` and `labels`: a label
outweighs the judgement for as long as it stands, and once it is undone the judgement holds again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from classifiers.excerpts import passed_on, shown_reasons
from classifiers.judging.classify import Judgement
from classifiers.judging.text import Text
from classifiers.labels.current import USUAL, Belief, LabelEntry, added, opinions
from classifiers.labels.feedback import feedback_of
from classifiers.rows import ITEMS, LABELS, REFUSED, ItemRow
from classifiers.tagged_record import MOST_SOURCES, SAYS, counting, of_theme, row_of, tagged_of, with_source
from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import retry_topic
from stream.records import Candidate, HealthEvent, Item, Label, Opinion, decode, encode
from stream.text.likeness import say_the_same
from stream.text.links import entry_item
from stream.units import DAY

__all__ = ["DAY", "Judge", "Judges", "TagStage"]

KEPT = 90 * DAY  # as long as `tagged` is

Judge = Callable[[Sequence[Text]], Sequence[Judgement]]
Beside = Callable[[Sequence[Text], Sequence[Judgement]], Sequence[Judgement]]


class Judges(Protocol):
    """Makes judges of the records on `models`, and keeps them."""

    def judge(self, models: Mapping[str, bytes]) -> Judge:
        """The judge that serves."""
        ...

    def refused(self, models: Mapping[str, bytes]) -> Mapping[str, HealthEvent]:
        """The models that should serve and cannot, by id, with the event that reports each."""
        ...


class OwnJudges(Protocol):
    """Makes of the records on `themes` what judges by them."""

    def judge(self, themes: Mapping[str, bytes]) -> Beside:
        """What puts the themes as they are now beside the model's judgements."""
        ...


@dataclass(frozen=True)
class TagStage:
    """Judges each new text once, with the model that serves, and takes people's labels over its judgements.

    `own` judges by the themes that were added here.
    """

    judges: Judges
    judged_for: int = 7 * DAY
    belief: Belief = USUAL
    own: OwnJudges | None = None
    name: str = "tag"
    inputs: tuple[str, ...] = (topics.ITEMS, topics.LABELS, retry_topic("tag"))

    @property
    def views(self) -> tuple[str, ...]:
        """The models, and the themes of one's own."""
        return (topics.MODELS, topics.THEMES) if self.own else (topics.MODELS,)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One `tagged` record for each item record and each label of a known item, and candidates for its themes.

        An item record that only shares its link with an item that is known is written to `items` again, under an id of
        its own.

        See `stream.engine.stage.Stage`.
        """
        items = [decode(e.value, Item) for e in events if isinstance(e, Record) and e.topic != topics.LABELS]
        fresh = list(dict.fromkeys(_text_of(item) for item in items if self._is_judged(item)))
        models = tables.view(topics.MODELS)
        verdicts = self._verdicts(tables, fresh) if fresh else {}
        outs = _refusals(tables, self.judges.refused(models)) if fresh else []
        waiting = iter(items)
        for event in events:
            if isinstance(event, Tick):
                tables.delete(event.table, event.key)
            elif isinstance(event, Record) and event.topic == topics.LABELS:
                outs += _labelled(tables, decode(event.value, Label), self.belief, now)
            elif isinstance(event, Record):
                item = next(waiting)
                verdict = verdicts.get(_text_of(item)) if self._is_judged(item) else None
                outs += _tag(tables, item, verdict, self.belief, now)
        return Effects(outs, tables.changes)

    def _verdicts(self, tables: Tables, texts: Sequence[Text]) -> dict[Text, Judgement]:
        judged = self.judges.judge(tables.view(topics.MODELS))(texts)
        if self.own:
            judged = self.own.judge(tables.view(topics.THEMES))(texts, judged)
        return dict(zip(texts, judged, strict=True))

    def _is_judged(self, item: Item) -> bool:
        """What a feed carried before we knew it is judged only while it is news; what was imported, always."""
        return not (item.baseline and not item.imported and item.published < item.first_seen - self.judged_for)


def _text_of(item: Item) -> Text:
    return Text(item.title, item.summary, item.lang, item.text, item.partial)


def _refusals(tables: Tables, refused: Mapping[str, HealthEvent]) -> list[Out]:
    """Reports why each such model cannot serve, once a partition; the event's time lets listeners count it once."""
    outs = []
    for model, event in refused.items():
        if REFUSED.get(tables, model) is None:
            REFUSED.put(tables, model, True)
            outs.append(Out(topics.EVENTS, event.subject, encode(event)))
    return outs


def _tag(tables: Tables, item: Item, verdict: Judgement | None, belief: Belief, now: int) -> list[Out]:
    known = ITEMS.get(tables, item.id)
    if known and _is_apart(known, item):
        return _set_apart(tables, known, item, now)
    item = passed_on(item, verdict)
    if known and (known.feed != item.feed or known.revision > item.revision):
        joined = (
            known.joined if item.feed in (known.feed, *known.joined) else (*known.joined, item.feed)[-MOST_SOURCES:]
        )
        known = replace(known, sources=with_source(known, item), joined=joined)
        ITEMS.put(tables, item.id, known, due=now + KEPT)
        said = opinions(LABELS.get(tables, item.id) or (), belief)
        tagged = replace(tagged_of(known, item, counting(said), now), opinions=said, joined=True)
        return [Out(topics.TAGGED, item.id, encode(tagged))]
    if known:  # old news stays old news when its text is edited
        item = replace(item, baseline=known.baseline, first_seen=known.first_seen)
    return _outputs(tables, row_of(known, item, verdict), item, verdict, belief, now)


def _is_apart(known: ItemRow, item: Item) -> bool:
    """Whether another feed's record of this link tells of something else; what was decided once of a feed holds."""
    if item.feed in (known.feed, *known.joined) or not (known.title or known.says):
        return False
    return item.feed in known.apart or not say_the_same(known.title, known.says, item.title, item.summary[:SAYS])


def _set_apart(tables: Tables, known: ItemRow, item: Item, now: int) -> list[Out]:
    """The record once more, as an item of its own: as such it comes back to whoever owns that item's partition."""
    if item.feed not in known.apart:
        known = replace(known, apart=(*known.apart, item.feed)[-MOST_SOURCES:])
        ITEMS.put(tables, item.id, known, due=now + KEPT)
    own = replace(item, id=entry_item(item.feed, item.entry))
    return [Out(topics.ITEMS, own.id, encode(own))]


def _labelled(tables: Tables, label: Label, belief: Belief, now: int) -> list[Out]:
    """What a label changes; one of an item that has not come yet waits for it.

    One that does not count for everybody, or says what is said already, is an opinion more on `tagged`.
    """
    before = LABELS.get(tables, label.item.id) or ()
    entries = added(before, label)
    if entries == before:
        return []
    LABELS.put(tables, label.item.id, entries)
    outs = feedback_of(entries, entries[-1], label.item.id, now)
    known = ITEMS.get(tables, label.item.id)
    (said, holds), (said_before, held) = _say(entries, belief), _say(before, belief)
    if known is None or said == said_before:
        return outs
    item = replace(
        label.item, feed=known.feed, revision=known.revision, baseline=known.baseline, first_seen=known.first_seen
    )
    tagged, *candidates = _outputs(tables, known, item, None, belief, now, relabelled=True)
    return [*outs, tagged, *(candidates if holds != held else ())]


def _say(entries: Sequence[LabelEntry], belief: Belief) -> tuple[set[Opinion], set[tuple[str, bool]]]:
    """What each person says of an item, whenever that was, and what of it counts for everybody."""
    said = {replace(each, at=0) for each in opinions(entries, belief)}
    return said, {(each.theme, each.right) for each in said if each.counts}


def _outputs(
    tables: Tables,
    known: ItemRow,
    item: Item,
    verdict: Judgement | None,
    belief: Belief,
    now: int,
    *,
    relabelled: bool = False,
) -> list[Out]:
    """The records of an item as it is classified now, and its row; nothing is a candidate that nobody judged."""
    said = opinions(LABELS.get(tables, item.id) or (), belief)
    label = counting(said)
    tagged = replace(tagged_of(known, item, label, now), relabelled=relabelled, opinions=said)
    if verdict is not None:
        tagged = replace(
            tagged,
            item=replace(item, lang=verdict.lang or item.lang),
            reasons=tuple(reason for reason in shown_reasons(verdict) if reason.theme in tagged.tags),
            nearness=verdict.nearness,
        )
    ever = tuple(sorted({*known.tags_ever, *tagged.tags}))
    ITEMS.put(tables, item.id, replace(known, tags_ever=ever), due=now + KEPT)
    outs = [Out(topics.TAGGED, item.id, encode(tagged))]
    if tagged.decision != "not judged":
        for theme in ever:
            record = of_theme(tagged, theme, known, label)
            candidate = Candidate(theme=theme, stands=theme in tagged.tags, tagged=record)
            if verdict is not None:
                candidate = replace(
                    candidate,
                    vectors=dict(verdict.vectors.get(theme, {})),
                    token_vectors=verdict.token_vectors.get(theme, b""),
                )
            outs.append(Out(topics.CANDIDATES, theme, encode(candidate)))
    return outs
