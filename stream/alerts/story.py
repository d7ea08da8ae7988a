"""The story stage: candidates ─► alerts.THEME. Today each item is a story of its own.

The alert id is a hash of the theme and the story's first item, so that it will not change when stories of many items
come; `seq` counts what was said of it: 0 new, then one more at each update or retraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from stream.ids import hashed
from stream.records import Alert, Candidate, decode, encode
from stream.stage import Effects, Event, Out, Record, Tables
from stream.topics import alerts_topic, retry_topic

__all__ = ["StoryStage", "alert_id"]


class Story(msgspec.Struct, frozen=True):
    """A row: what was last said of a story; `seq` is -1 while nothing was, as for a baseline item."""

    seq: int
    kind: str
    told: str  # what a reader has been told, to see whether there is anything to add
    revision: int
    v: int = 1


def alert_id(theme: str, first_item: str) -> str:
    """The alert id, which is the story's id as well."""
    return hashed("alert", theme, first_item)


@dataclass(frozen=True)
class StoryStage:
    """Decides for each candidate: new alert, update, retraction, or nothing to say."""

    name: str = "story"
    inputs: tuple[str, ...] = ("candidates", retry_topic("story"))
    views: tuple[str, ...] = ()

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One alert at most for each candidate; see `stream.stage.Stage`."""
        outs = []
        for event in events:
            if isinstance(event, Record):
                candidate = decode(event.value, Candidate)
                if (alert := _tell(tables, candidate, now)) is not None:
                    outs.append(Out(alerts_topic(candidate.theme), alert.story, encode(alert)))
        return Effects(outs, tables.changes)


def _tell(tables: Tables, candidate: Candidate, now: int) -> Alert | None:
    """The alert that this candidate comes to, if any; the story's row is written."""
    item = candidate.tagged.item
    story_id = alert_id(candidate.theme, item.id)
    row = tables.get("stories", story_id)
    old = msgspec.json.decode(row, type=Story) if row else None
    if old and item.revision < old.revision:
        return None  # requeued, and overtaken by a later revision
    told = hashed(item.title, item.summary) if candidate.stands else ""
    silent = old is None or old.seq < 0
    kind = _kind(silent, candidate, told, old)
    seq = (old.seq if old else -1) + (kind is not None)
    story = Story(seq, kind or (old.kind if old else ""), told, item.revision)
    tables.put("stories", story_id, msgspec.json.encode(story))
    return _alert(candidate, story_id, seq, kind, now) if kind else None


def _kind(silent: bool, candidate: Candidate, told: str, old: Story | None) -> str | None:
    """New for what was never told; then only what changes the reader's picture is worth a record."""
    if silent:
        return "new" if candidate.stands and not candidate.tagged.item.baseline and old is None else None
    assert old is not None
    if not candidate.stands:
        return "retracted" if old.kind != "retracted" else None
    return "update" if told != old.told else None


def _alert(candidate: Candidate, story_id: str, seq: int, kind: str, now: int) -> Alert:
    tagged, item = candidate.tagged, candidate.tagged.item
    return Alert(
        id=story_id,
        seq=seq,
        kind=kind,  # type: ignore[arg-type]  # one of the three by construction
        theme=candidate.theme,
        story=story_id,
        title=item.title,
        summary=item.summary,
        url=item.url,
        lang=item.lang,
        sources=tagged.sources,
        independent=1,
        probability=tagged.themes.get(candidate.theme, 0.0),
        sure=tagged.decision == "tagged",
        reasons=tuple(r for r in tagged.reasons if r.theme == candidate.theme),
        model=tagged.model,
        rule=tagged.rule,
        published=item.published,
        date_quality=item.date_quality,
        first_seen=item.first_seen,
        tagged_at=tagged.at,
        alerted_at=now,
    )
