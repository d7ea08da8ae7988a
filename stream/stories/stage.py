"""The story stage: candidates ─► alerts.THEME. Items that tell of one event are one story, of which people hear once.

The alert id is a hash of the theme and the story's first item; `seq` counts what was said of it: 0 new, then one more
at each update or retraction. docs/stories.md has the rules, with examples.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from stream.engine.stage import Effects, Event
from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import alerts_topic, retry_topic
from stream.records import Alert, Candidate, Item, Source, Tagged, decode, encode
from stream.stories.alerting import alert_of, kind_of
from stream.stories.features import Marker
from stream.stories.open_stories import WINDOW, Shelf
from stream.stories.rows import Member, Open, Part, Story, independent, lead, read_story, with_part
from stream.units import DAY

__all__ = ["StoryStage", "alert_id"]

Row = TypeVar("Row", Member, Open)
NoWord = Literal["joined", "suppressed"]

LATE = DAY  # how much later than its event an item may come, and find its story open
KEPT = 90 * DAY  # what was said of an item, as long as `tagged` is
REMEMBERED = 400 * DAY  # that it was there, as long as collectors know an entry
MOST_SOURCES = 50  # of an alert: a digest of fifty must fit into a record
SUMMARY_CHARACTERS = 400  # of which marks are taken


def alert_id(theme: str, first_item: str) -> str:
    """The alert id, which is the story's id as well."""
    return hashed("alert", theme, first_item)


@dataclass(frozen=True)
class StoryStage:
    """Decides for each candidate: new alert, update, retraction, or nothing to say.

    `marker` is asked for when the first candidate comes: it takes a moment to make. Unless it `joins`, each item is a
    story of its own.
    """

    marker: Callable[[], Marker]
    joins: bool = True
    name: str = "story"
    inputs: tuple[str, ...] = (topics.CANDIDATES, retry_topic("story"))
    views: tuple[str, ...] = ()

    def longest(self, table: str, value: bytes) -> int | None:
        """How far ahead (ms) the timer of this row may lie; see `stream.engine.worker.Worker`."""
        return WINDOW + LATE if table == "open" else None

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One alert at most for each candidate; the facts count those that come to none, `joined` and `suppressed`.

        See `stream.engine.stage.Stage` and `stream.ops.balance`.
        """
        outs = []
        facts: Counter[str] = Counter()
        shelves: dict[str, Shelf] = {}
        for event in events:
            if isinstance(event, Tick):
                _forget(tables, event, now)
            elif isinstance(event, Record):
                candidate = decode(event.value, Candidate)
                theme = candidate.theme
                if not self.joins:
                    shelves[theme] = Shelf((), self.marker())
                elif theme not in shelves:
                    shelves[theme] = _shelf(tables, theme, self.marker())
                told = _tell(tables, shelves[theme], candidate, now)
                if isinstance(told, Alert):
                    outs.append(Out(alerts_topic(theme), told.story, encode(told)))
                else:
                    facts[told] += 1
        return Effects(outs, tables.changes, facts=facts)


def _forget(tables: Tables, tick: Tick, now: int) -> None:
    """A row's time is over; of what was said of an item it is kept for a while longer that it was there."""
    row = tables.get(tick.table, tick.key)
    member = msgspec.json.decode(row, type=Member) if row and tick.table == "members" else None
    if member and member.tagged:
        _keep(tables, "members", tick.key, replace(member, tagged=None), now + REMEMBERED - KEPT)
    else:
        tables.delete(tick.table, tick.key)


def _tell(tables: Tables, shelf: Shelf, candidate: Candidate, now: int) -> Alert | NoWord:
    """The alert that this candidate comes to, or that it joined a story without one, or says nothing new.

    The rows are written.
    """
    theme, item = candidate.theme, candidate.tagged.item
    key = f"{theme}/{item.id}"
    known = _load(tables, "members", key, Member)
    if known and item.revision < known.revision:
        return "suppressed"  # requeued, and overtaken by a later revision
    seen = _seen(candidate, known.story if known else "")
    story_id, seen = (seen.story, seen) if seen.story else _place(tables, shelf, candidate, seen)
    _keep(tables, "members", key, Member(story_id, item.revision, _own(candidate)), now + KEPT)
    if not story_id:
        return "suppressed"
    old = read_story(tables.get("stories", story_id), seen.at)
    seen = replace(seen, story=story_id, begun=old.begun)
    story = with_part(old, _part(old, candidate, shelf.copied(seen, story_id)))
    _reopen(tables, shelf, key, seen, candidate.stands, now)
    joined = bool(old.parts) and len(story.parts) > len(old.parts)
    return _told(tables, candidate, story_id, old, story, now) or ("joined" if joined else "suppressed")


def _place(tables: Tables, shelf: Shelf, candidate: Candidate, seen: Open) -> tuple[str, Open]:
    """The story of an item that has none yet, none for what has never stood; and the item with what is usual for it."""
    own = alert_id(candidate.theme, seen.item)
    if tables.get("stories", own) is not None:
        return own, seen  # before stories had several items, or longer ago than items are kept
    if not candidate.stands:
        return "", seen
    placed = shelf.placed(seen)
    return placed.member.story if placed.member else own, placed.item


def _told(tables: Tables, candidate: Candidate, story_id: str, old: Story, story: Story, now: int) -> Alert | None:
    """What is to be said now, with the story's row written."""
    shown = lead(story.parts)
    tagged = _tagged(tables, candidate, shown.item) if shown else candidate.tagged
    told = hashed(tagged.item.title, tagged.item.summary) if shown else ""
    count = independent(story.parts)
    kind = kind_of(old, story.parts, told != old.told, count != old.independent, candidate.tagged.item.baseline)
    if kind:
        story = replace(story, seq=old.seq + 1, kind=kind, told=told, independent=count)
    _keep(tables, "stories", story_id, story, now + REMEMBERED)
    return alert_of(candidate.theme, story_id, story, tagged, _sources(tables, candidate, story), now) if kind else None


def _seen(candidate: Candidate, story: str) -> Open:
    item = candidate.tagged.item
    at = min(item.published, item.first_seen) if item.date_quality == "trusted" else item.first_seen
    return Open(
        story=story,
        item=item.id,
        at=at,
        begun=at,
        title=item.title,
        summary=(item.excerpts.get(candidate.theme) or item.summary)[:SUMMARY_CHARACTERS],
        lang=item.lang,
        vectors=candidate.vectors,
        phrases=candidate.phrases,
    )


def _part(old: Story, candidate: Candidate, copy_of: str) -> Part:
    item = candidate.tagged.item
    known = next((part for part in old.parts if part.item == item.id), None)
    fresh = known.fresh if known else not item.baseline or bool(old.told and not old.parts)
    return Part(item.id, _outlet(item), candidate.stands, fresh, copy_of or (known.copy_of if known else ""))


def _outlet(item: Item) -> tuple[str, ...]:
    """The names of who published it: the source's, and its site's where that has a name and not just an address.

    Of what another's feed carried they are the publisher's own: the link may lead to the carrier.
    """
    host = (urlsplit(item.source_url if item.via else item.url).hostname or "").removeprefix("www.")
    if not re.search(r"\.[a-z]", host):
        host = ""
    return tuple(sorted({name for name in (item.source.casefold().strip(), host) if name}))


def _reopen(tables: Tables, shelf: Shelf, key: str, seen: Open, stands: bool, now: int) -> None:
    """What stands can be joined for a while from when it came."""
    if not stands:
        shelf.drop(seen.item)
        tables.delete("open", key)
        return
    known = _load(tables, "open", key, Open)
    if known:
        seen = replace(seen, usual_meaning=known.usual_meaning, usual_phrases=known.usual_phrases)
    if known and not seen.vectors and (known.title, known.summary) == (seen.title, seen.summary):
        seen = replace(seen, vectors=known.vectors, phrases=known.phrases)  # a person's word comes without any
    shelf.put(seen)
    _keep(tables, "open", key, seen, now + WINDOW + LATE)


def _own(candidate: Candidate) -> Tagged:
    """What was said of the item, less other themes' reasons."""
    tagged = candidate.tagged
    return replace(tagged, reasons=tuple(reason for reason in tagged.reasons if reason.theme == candidate.theme))


def _tagged(tables: Tables, candidate: Candidate, item: str) -> Tagged:
    """What was last said of an item of the story; the candidate's where that is forgotten."""
    member = _load(tables, "members", f"{candidate.theme}/{item}", Member)
    return member.tagged if member and member.tagged else candidate.tagged


def _sources(tables: Tables, candidate: Candidate, story: Story) -> tuple[Source, ...]:
    """Where a story stands, in the order of arrival; of one that stands nowhere, where it last did."""
    parts = [part for part in story.parts if part.stands]
    if not parts:
        return candidate.tagged.sources
    found: list[Source] = []
    for part in parts:
        member = _load(tables, "members", f"{candidate.theme}/{part.item}", Member)
        if member and member.tagged:
            found += [replace(source, copy_of=part.copy_of) for source in member.tagged.sources]
    return tuple(found[:MOST_SOURCES])


def _shelf(tables: Tables, theme: str, marker: Marker) -> Shelf:
    prefix = f"{theme}/"
    rows = (row for key, row in tables.items("open") if key.startswith(prefix))
    return Shelf((msgspec.json.decode(row, type=Open) for row in rows), marker)


def _load(tables: Tables, table: str, key: str, kind: type[Row]) -> Row | None:
    row = tables.get(table, key)
    return msgspec.json.decode(row, type=kind) if row else None


def _keep(tables: Tables, table: str, key: str, row: msgspec.Struct, until: int) -> None:
    tables.put(table, key, msgspec.json.encode(row), due=until)
