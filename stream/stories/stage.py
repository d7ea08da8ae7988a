"""The story stage: candidates ─► alerts.THEME. Items that tell of one event are one story, of which people hear once.

The alert id is a hash of the theme and the story's first item; `seq` counts its alerts: 0 new, then one more
at each update or retraction. docs/stories.md has the rules, with examples.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from msgspec.structs import replace

from stream.engine.stage import Effects, Event, Longest
from stream.engine.tables import Tables
from stream.ids import hashed
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import alerts_topic, retry_topic
from stream.records import Alert, Candidate, Item, Source, Tagged, decode, encode
from stream.stories.alerting import alert_of, kind_of
from stream.stories.features import FeatureExtractor
from stream.stories.meaning import Vectors
from stream.stories.open_items import OPENED, OpenTheme
from stream.stories.open_stories import WINDOW, OpenStoryIndex, RelatedStory
from stream.stories.related import link_back, named, related_to
from stream.stories.rows import MEMBERS, OPEN, STORIES, Member, Open, Part, Story, independent, is_sure, lead, with_part
from stream.units import DAY

__all__ = ["StoryStage", "alert_id"]

NoAlert = Literal["joined", "suppressed"]

LATE = DAY  # how much later than its event an item may come, and find its story open
KEPT = 90 * DAY  # an item's classification, as long as `tagged` is
REMEMBERED = 400 * DAY  # that it was there, as long as collectors know an entry
MOST_SOURCES = 50  # of an alert: a digest of fifty must fit into a record
SUMMARY_CHARACTERS = 400  # of which features are taken


def alert_id(theme: str, first_item: str) -> str:
    """The alert id, which is the story's id as well."""
    return hashed("alert", theme, first_item)


@dataclass(frozen=True)
class StoryStage:
    """Decides for each candidate: new alert, update, retraction, or nothing to say.

    `extractor` is asked for when the first candidate comes: it takes a moment to make. Unless it `joins`, each item is
    a story of its own.
    """

    extractor: Callable[[], FeatureExtractor]
    joins: bool = True
    name: str = "story"
    inputs: tuple[str, ...] = (topics.CANDIDATES, retry_topic("story"))
    views: tuple[str, ...] = ()

    @property
    def longest(self) -> Longest:
        """How far ahead (ms) timers may lie; see `stream.engine.stage`."""
        return {OPEN.name: lambda _: WINDOW + LATE}

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """One alert at most for each candidate; the facts count those that come to none, `joined` and `suppressed`.

        See `stream.engine.stage.Stage` and `stream.ops.balance`.
        """
        outs = []
        facts: Counter[str] = Counter()
        candidates = [decode(e.value, Candidate) if isinstance(e, Record) else None for e in events]
        self._expect(tables, [candidate for candidate in candidates if candidate])
        for event, candidate in zip(events, candidates, strict=True):
            if isinstance(event, Tick):
                _forget(tables, event, now)
            elif candidate:
                outcome = _decide(tables, self._opened(tables, candidate.theme), candidate, now)
                if isinstance(outcome, Alert):
                    outs.append(Out(alerts_topic(candidate.theme), outcome.story, encode(outcome)))
                else:
                    facts[outcome] += 1
        return Effects(outs, tables.changes, facts=facts)

    def _expect(self, tables: Tables, candidates: Sequence[Candidate]) -> None:
        """What will be compared is compared at once, as far as that goes."""
        by_theme: dict[str, list[Vectors]] = {}
        for candidate in candidates if self.joins else ():
            by_theme.setdefault(candidate.theme, []).append(candidate.vectors)
        for theme, vectors in by_theme.items():
            tables.derived(OPENED).expect(theme, vectors)

    def _opened(self, tables: Tables, theme: str) -> OpenStoryIndex:
        opened = tables.derived(OPENED).of(theme) if self.joins else OpenTheme()
        return OpenStoryIndex(opened, self.extractor())


def _forget(tables: Tables, tick: Tick, now: int) -> None:
    """A row's time is over; that an item was there is kept for longer than its classification."""
    member = MEMBERS.get(tables, tick.key) if tick.table == MEMBERS.name else None
    if member and member.tagged:
        MEMBERS.put(tables, tick.key, replace(member, tagged=None), due=now + REMEMBERED - KEPT)
    else:
        tables.delete(tick.table, tick.key)


def _decide(tables: Tables, opened: OpenStoryIndex, candidate: Candidate, now: int) -> Alert | NoAlert:
    """The alert that this candidate comes to, or that it joined a story without one, or says nothing new.

    The rows are written.
    """
    theme, item = candidate.theme, candidate.tagged.item
    key = f"{theme}/{item.id}"
    known = MEMBERS.get(tables, key)
    if known and item.revision < known.revision:
        return "suppressed"  # requeued, and overtaken by a later revision
    seen = _seen(candidate, known.story if known else "")
    story_id, seen, related = (seen.story, seen, ()) if seen.story else _place(tables, opened, candidate, seen)
    MEMBERS.put(tables, key, Member(story_id, item.revision, _own(candidate)), due=now + KEPT)
    if not story_id:
        return "suppressed"
    old = STORIES.get(tables, story_id) or Story(begun=seen.at)
    seen = replace(seen, story=story_id, begun=old.begun)
    story = related_to(with_part(old, _part(old, candidate, opened.copied(seen, story_id))), related)
    link_back(tables, story_id, related, due=now + REMEMBERED)
    _reopen(tables, key, seen, candidate.stands, now)
    joined = bool(old.parts) and len(story.parts) > len(old.parts)
    return _alert(tables, candidate, story_id, old, story, now) or ("joined" if joined else "suppressed")


def _place(
    tables: Tables, opened: OpenStoryIndex, candidate: Candidate, seen: Open
) -> tuple[str, Open, tuple[RelatedStory, ...]]:
    """The story of an item that has none yet, none for what has never stood; the item with its mean similarities; and
    the stories that it might as well be of."""
    own = alert_id(candidate.theme, seen.item)
    if STORIES.get(tables, own) is not None:
        return own, seen, ()  # its row as an item has been forgotten
    if not candidate.stands:
        return "", seen, ()
    found = opened.assign(seen)
    return found.member.story if found.member else own, found.item, found.related


def _alert(tables: Tables, candidate: Candidate, story_id: str, old: Story, story: Story, now: int) -> Alert | None:
    """The alert that is due now, if one is, with the story's row written."""
    shown = lead(story.parts)
    tagged = _tagged(tables, candidate, shown.item) if shown else candidate.tagged
    text = hashed(tagged.item.title, tagged.item.summary) if shown else ""
    count, sure = independent(story.parts), is_sure(story.parts)
    other = text != old.shown or (sure and not old.sure)
    kind = kind_of(old, story.parts, other, count != old.independent, candidate.tagged.item.baseline)
    if kind:
        story = replace(story, seq=old.seq + 1, kind=kind, shown=text, independent=count, sure=sure)
    STORIES.put(tables, story_id, story, due=now + REMEMBERED)
    if not kind:
        return None
    alert = alert_of(candidate.theme, story_id, story, tagged, _sources(tables, candidate, story), now)
    return replace(alert, related=named(tables, candidate.theme, story))


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
        token_vectors=candidate.token_vectors,
    )


def _part(old: Story, candidate: Candidate, copy_of: str) -> Part:
    item = candidate.tagged.item
    known = next((part for part in old.parts if part.item == item.id), None)
    fresh = known.fresh if known else not item.baseline
    copied = copy_of or (known.copy_of if known else "")
    sure = candidate.tagged.decision == "tagged"
    return Part(item.id, _outlet(item), candidate.stands, fresh, copied, sure)


def _outlet(item: Item) -> tuple[str, ...]:
    """The names of who published it: the source's, and its site's where that has a name and not just an address.

    Of what another's feed carried they are the publisher's own: the link may lead to the carrier.
    """
    host = (urlsplit(item.source_url if item.via else item.url).hostname or "").removeprefix("www.")
    if not re.search(r"\.[a-z]", host):
        host = ""
    return tuple(sorted({name for name in (item.source.casefold().strip(), host) if name}))


def _reopen(tables: Tables, key: str, seen: Open, stands: bool, now: int) -> None:
    """What stands can be joined for a while from when it came."""
    if not stands:
        OPEN.delete(tables, key)
        return
    known = OPEN.get(tables, key)
    if known:
        seen = replace(seen, mean_cosine=known.mean_cosine, mean_maxsim=known.mean_maxsim)
    if known and not seen.vectors and (known.title, known.summary) == (seen.title, seen.summary):
        seen = replace(
            seen, vectors=known.vectors, token_vectors=known.token_vectors
        )  # a person's word comes without any
    OPEN.put(tables, key, seen, due=now + WINDOW + LATE)


def _own(candidate: Candidate) -> Tagged:
    """The item's classification, without other themes' reasons."""
    tagged = candidate.tagged
    return replace(tagged, reasons=tuple(reason for reason in tagged.reasons if reason.theme == candidate.theme))


def _tagged(tables: Tables, candidate: Candidate, item: str) -> Tagged:
    """The last classification of an item of the story; the candidate's where that is forgotten."""
    member = MEMBERS.get(tables, f"{candidate.theme}/{item}")
    return member.tagged if member and member.tagged else candidate.tagged


def _sources(tables: Tables, candidate: Candidate, story: Story) -> tuple[Source, ...]:
    """Where a story stands, in the order of arrival; of one that stands nowhere, where it last did."""
    parts = [part for part in story.parts if part.stands]
    if not parts:
        return candidate.tagged.sources
    found: list[Source] = []
    for part in parts:
        member = MEMBERS.get(tables, f"{candidate.theme}/{part.item}")
        if member and member.tagged:
            found += [replace(source, copy_of=part.copy_of) for source in member.tagged.sources]
    return tuple(found[:MOST_SOURCES])
