"""The rows of an export, and how they come out of records: docs/export.md shows each column as it is declared here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from stream.log import topics
from stream.records import Alert, Label, Message, Tagged
from stream.units import utc

__all__ = ["EXPORTS", "AlertRow", "Export", "ItemRow", "JudgementRow", "LabelRow", "Row", "SourceRow"]

Moment = datetime | None


class SourceRow(msgspec.Struct, frozen=True):
    """Who published an alert's story, and where; `copy_of` is the item whose text this one repeats."""

    name: str
    url: str
    item: str
    copy_of: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What each row begins with: the moment by which it is chosen."""

    at: Annotated[Moment, Meta(description="The time of the row, by which `--since` and `--until` choose.")]


class ItemRow(Row, frozen=True, kw_only=True):
    """An entry of a feed in one revision, as it was judged; `at` is when it was first seen."""

    item: Annotated[str, Meta(description="The item's id; entries with one link share it.")]
    feed: Annotated[str, Meta(description="The id of the feed.")]
    entry: Annotated[str, Meta(description="The entry's id within its feed.")]
    revision: Annotated[int, Meta(description="0, and one more each time that its text changed.")]
    url: Annotated[str, Meta(description="The canonical link.")]
    title: Annotated[str, Meta(description="The title, as clean text.")]
    summary: Annotated[str, Meta(description="The summary, as clean text.")]
    lang: Annotated[str, Meta(description="The language, as `en`; empty where it is not known.")]
    source: Annotated[str, Meta(description="Who published it.")]
    source_url: Annotated[str, Meta(description="An address of the publisher, where another one's feed carried it.")]
    via: Annotated[str, Meta(description="That other feed.")]
    published: Annotated[Moment, Meta(description="When it was published.")]
    date_quality: Annotated[str, Meta(description="`trusted`, or why `published` is when it was first seen.")]
    baseline: Annotated[bool, Meta(description="It was there when the feed was added, so nobody was alerted.")]
    decision: Annotated[str, Meta(description="`tagged`, `none`, `unsure` or `not judged`.")]
    tags: Annotated[tuple[str, ...], Meta(description="The themes that it was tagged with.")]


class JudgementRow(Row, frozen=True, kw_only=True):
    """What was decided on an item for one theme; `at` is when. The last one of an item and theme holds."""

    item: Annotated[str, Meta(description="The item's id.")]
    feed: Annotated[str, Meta(description="The id of the feed that it came by.")]
    theme: Annotated[str, Meta(description="The theme.")]
    probability: Annotated[float, Meta(description="The probability that it is of the theme, from 0 to 1.")]
    tagged: Annotated[bool, Meta(description="Whether it was tagged with the theme.")]
    decision: Annotated[str, Meta(description="The decision of the theme's model: `tagged`, `none`, `unsure` ...")]
    model: Annotated[str, Meta(description="The id of the model.")]
    rule: Annotated[str, Meta(description="What decided in its place: rules, or `label` for people.")]
    nearness: Annotated[float, Meta(description="Cosine with the nearest of what the model has seen.")]
    joined: Annotated[bool, Meta(description="It only adds a source to an item that was judged before.")]
    relabelled: Annotated[bool, Meta(description="It was judged again because of a label.")]
    lang: Annotated[str, Meta(description="The item's language.")]
    first_seen: Annotated[Moment, Meta(description="When the item was first seen.")]


class AlertRow(Row, frozen=True, kw_only=True):
    """An alert, an update or a retraction as it was published; `at` is when."""

    alert: Annotated[str, Meta(description="The alert's id.")]
    seq: Annotated[int, Meta(description="0, and one more for each update or retraction.")]
    kind: Annotated[str, Meta(description="`new`, `update` or `retracted`.")]
    theme: Annotated[str, Meta(description="The theme.")]
    story: Annotated[str, Meta(description="The story's id.")]
    title: Annotated[str, Meta(description="The title that was displayed.")]
    summary: Annotated[str, Meta(description="The beginning of the text.")]
    excerpt: Annotated[str, Meta(description="The passage that was judged, where it is another.")]
    url: Annotated[str, Meta(description="The link that was displayed.")]
    lang: Annotated[str, Meta(description="The language.")]
    sources: Annotated[tuple[SourceRow, ...], Meta(description="Who published it: name, url, item, copy_of.")]
    independent: Annotated[int, Meta(description="How many of the sources are independent.")]
    probability: Annotated[float, Meta(description="The probability that it is of the theme, from 0 to 1.")]
    sure: Annotated[bool, Meta(description="Whether the classifier was sure.")]
    model: Annotated[str, Meta(description="The id of the model.")]
    rule: Annotated[str, Meta(description="What decided in its place.")]
    related: Annotated[tuple[str, ...], Meta(description="Alerts that are likely of the same event.")]
    published: Annotated[Moment, Meta(description="When it was published.")]
    date_quality: Annotated[str, Meta(description="`trusted`, or why `published` is when it was first seen.")]
    first_seen: Annotated[Moment, Meta(description="When its first item was seen.")]
    tagged_at: Annotated[Moment, Meta(description="When that was judged.")]


class LabelRow(Row, frozen=True, kw_only=True):
    """A label by one person on one item, or that one was taken back; `at` is when."""

    label: Annotated[str, Meta(description="The label's id.")]
    undoes: Annotated[str, Meta(description="The label that it takes back; such a row is of every theme.")]
    item: Annotated[str, Meta(description="The item's id.")]
    url: Annotated[str, Meta(description="Its link.")]
    title: Annotated[str, Meta(description="Its title, as it was labelled.")]
    lang: Annotated[str, Meta(description="Its language.")]
    who: Annotated[str, Meta(description="Who gave it.")]
    standing: Annotated[str, Meta(description="`labeller` or `subscriber`.")]
    origin: Annotated[str, Meta(description="Where it came from.")]
    yes: Annotated[tuple[str, ...], Meta(description="The themes that it says the item is of.")]
    no: Annotated[tuple[str, ...], Meta(description="The themes that it says the item is not of.")]
    alert: Annotated[str, Meta(description="The alert that a subscriber answered.")]
    contrary: Annotated[bool, Meta(description="The model was sure of the contrary.")]
    confirmed: Annotated[bool, Meta(description="The person was told so, and insists.")]


@dataclass(frozen=True)
class Export:
    """A kind of export: the topics that it reads, what a record of them is, and the rows of one for some themes.

    No themes are all of them.
    """

    row: type[Row]
    record: type[Message]
    topics: Callable[[Sequence[str]], Sequence[str]]
    rows: Callable[[Message, Sequence[str]], Iterator[Row]]


def _moment(ms: int) -> Moment:
    return utc(ms) if ms else None


def _items(tagged: Message, themes: Sequence[str]) -> Iterator[Row]:
    assert isinstance(tagged, Tagged)
    item = tagged.item
    if tagged.relabelled or (themes and not {*themes} & {*tagged.tags}):
        return
    yield ItemRow(
        at=_moment(item.first_seen), item=item.id, feed=item.feed, entry=item.entry, revision=item.revision,
        url=item.url, title=item.title, summary=item.summary, lang=item.lang, source=item.source,
        source_url=item.source_url, via=item.via, published=_moment(item.published), date_quality=item.date_quality,
        baseline=item.baseline, decision=tagged.decision, tags=tagged.tags,
    )  # fmt: skip


def _judgements(tagged: Message, themes: Sequence[str]) -> Iterator[Row]:
    assert isinstance(tagged, Tagged)
    item = tagged.item
    for theme, probability in tagged.themes.items():
        if not themes or theme in themes:
            yield JudgementRow(
                at=_moment(tagged.at), item=item.id, feed=item.feed, theme=theme, probability=probability,
                tagged=theme in tagged.tags, decision=tagged.own.get(theme, tagged.decision), model=tagged.model,
                rule=tagged.rule, nearness=tagged.nearness, joined=tagged.joined, relabelled=tagged.relabelled,
                lang=item.lang, first_seen=_moment(item.first_seen),
            )  # fmt: skip


def _alerts(alert: Message, _: Sequence[str]) -> Iterator[Row]:
    assert isinstance(alert, Alert)
    sources = tuple(SourceRow(each.name, each.url, each.item, each.copy_of) for each in alert.sources)
    yield AlertRow(
        at=_moment(alert.alerted_at), alert=alert.id, seq=alert.seq, kind=alert.kind, theme=alert.theme,
        story=alert.story, title=alert.title, summary=alert.summary, excerpt=alert.excerpt, url=alert.url,
        lang=alert.lang, sources=sources, independent=alert.independent, probability=alert.probability, sure=alert.sure,
        model=alert.model, rule=alert.rule, related=tuple(each.alert for each in alert.related),
        published=_moment(alert.published), date_quality=alert.date_quality, first_seen=_moment(alert.first_seen),
        tagged_at=_moment(alert.tagged_at),
    )  # fmt: skip


def _labels(label: Message, themes: Sequence[str]) -> Iterator[Row]:
    assert isinstance(label, Label)
    if themes and not label.undoes and not {*themes} & {*label.yes, *label.no}:
        return
    yield LabelRow(
        at=_moment(label.at), label=label.id, undoes=label.undoes, item=label.item.id, url=label.item.url,
        title=label.item.title, lang=label.item.lang, who=label.who, standing=label.standing, origin=label.origin,
        yes=label.yes, no=label.no, alert=label.alert, contrary=label.contrary, confirmed=label.confirmed,
    )  # fmt: skip


EXPORTS = {
    "items": Export(ItemRow, Tagged, lambda _: (topics.TAGGED,), _items),
    "judgements": Export(JudgementRow, Tagged, lambda _: (topics.TAGGED,), _judgements),
    "alerts": Export(AlertRow, Alert, lambda themes: tuple(map(topics.alerts_topic, themes)), _alerts),
    "labels": Export(LabelRow, Label, lambda _: (topics.LABELS,), _labels),
}
