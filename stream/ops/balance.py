"""The balance: what came to be decided on, and what became of it. What came and went nowhere was lost.

    entries        of polled documents            new, revised, seen, held back, refused            (collect)
    items          records of items               one of the decisions, joined, apart, dead         (tag)
    candidates     items that are of a theme      new, update, retracted, joined, suppressed, dead  (story)
    notifications  alerts, feedback, health events  matched, dead                                   (match)
    matches        an alert and one who asked     sent, held, filtered                              (match)

Both sides are counted of one commit, so what is refused or done again counts once. What came is counted of the input,
what became of it of the records that have landed; only of what leaves no record do the facts of the decision tell.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from stream.engine.stage import Event
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import ALERTS, retry_topic

__all__ = ["BALANCE_OF", "FATES", "Balance", "balances"]

FATES: Mapping[str, Sequence[str]] = {
    "entries": ("new", "revised", "seen", "held_back", "refused"),
    "items": ("tagged", "none", "unsure", "not_judged", "joined", "apart", "dead"),
    "candidates": ("new", "update", "retracted", "joined", "suppressed", "dead"),
    "notifications": ("matched", "dead"),
    "matches": ("sent", "held", "filtered"),
}
BALANCE_OF: Mapping[str, tuple[str, ...]] = {
    "collect": ("entries",),
    "tag": ("items",),
    "story": ("candidates",),
    "match": ("notifications", "matches"),
}


@dataclass(frozen=True)
class Balance:
    """Of one kind (a key of `FATES`): how many came, and how many met each fate."""

    of: str
    came: int
    went: Mapping[str, int]

    @property
    def lost(self) -> int:
        """How many came to nothing at all; less than 0 where something was counted that never came."""
        return self.came - sum(self.went.values())


def balances(stage: str, events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> list[Balance]:
    """The balances of one commit of this stage; see the table above."""
    count = _COUNTS.get(stage)
    return count(events, outs, facts) if count else []


class _Something(msgspec.Struct, frozen=True):
    """That there is one is enough."""


class _Polled(msgspec.Struct, frozen=True):
    """What of a poll is counted here."""

    entries: int = 0
    new: int = 0
    revised: int = 0
    seen: int = 0
    held_back: int = 0
    refused: int = 0


class _Counted(msgspec.Struct, frozen=True):
    """What of an item, a tagged item, an alert or an outbound is counted here."""

    revision: int = 0
    decision: str = ""
    joined: bool = False
    relabelled: bool = False
    kind: str = ""
    alert: _Something | None = None
    held: bool = False


def _entries(events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> list[Balance]:
    """The polls' own words, but new and revised ones by the items that have landed, now or after their articles.

    What a person has let through comes as items without a poll; where some is among them, the polls are believed.
    """
    polls = [msgspec.json.decode(out.value, type=_Polled) for out in outs if out.topic == topics.POLLS and out.value]
    went: Counter[str] = Counter()
    for poll in polls:
        if poll.entries:
            went.update({fate: getattr(poll, fate) for fate in FATES["entries"]})
    if not any(isinstance(event, Tick) and event.table == "held" for event in events):
        revised = [bool(item.revision) for item in _decoded(outs, topics.ITEMS)]
        for fate, landed in (("new", revised.count(False)), ("revised", revised.count(True))):
            went[fate] = landed + facts.get(f"deferred_{fate}", 0) - facts.get(f"resumed_{fate}", 0)
    return [Balance("entries", sum(poll.entries for poll in polls), went)]


def _items(events: Sequence[Event], outs: Sequence[Out], _: Mapping[str, int]) -> list[Balance]:
    """One record on `tagged` for each record of an item, but for one that goes back to `items`, `apart`.

    What a person's word has said again is of no record.
    """
    went = Counter(
        "joined" if each.joined else each.decision.replace(" ", "_")
        for each in _decoded(outs, topics.TAGGED)
        if not each.relabelled
    )
    inputs = (topics.ITEMS, retry_topic("tag"))
    went["apart"] = len(_decoded(outs, topics.ITEMS))
    went["dead"] = _dead(outs, inputs)
    return [Balance("items", _came(events, inputs), went)]


def _candidates(events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> list[Balance]:
    """What a candidate comes to without a word the stage says: it joined a story, or had nothing to add."""
    inputs = (topics.CANDIDATES, retry_topic("story"))
    went = Counter(each.kind for each in _decoded(outs, ALERTS))
    went["dead"] = _dead(outs, inputs)
    went.update({fate: facts.get(fate, 0) for fate in ("joined", "suppressed")})
    return [Balance("candidates", _came(events, inputs), went)]


def _matches(events: Sequence[Event], outs: Sequence[Out], facts: Mapping[str, int]) -> list[Balance]:
    """Digests are of what was counted as held; health events are asked for by kind, and not counted as matches."""
    inputs = (ALERTS, topics.EVENTS, topics.FEEDBACK, retry_topic("match"))
    notified = {"matched": facts.get("notifications", 0), "dead": _dead(outs, inputs)}
    sent = sum(each.alert is not None and not each.held for each in _decoded(outs, topics.OUTBOX))
    went = {"sent": sent, "held": facts.get("held", 0), "filtered": facts.get("filtered", 0)}
    return [Balance("notifications", _came(events, inputs), notified), Balance("matches", facts.get("asked", 0), went)]


_COUNTS: Mapping[str, Callable[[Sequence[Event], Sequence[Out], Mapping[str, int]], list[Balance]]] = {
    "collect": _entries,
    "tag": _items,
    "story": _candidates,
    "match": _matches,
}


def _came(events: Sequence[Event], inputs: tuple[str, ...]) -> int:
    """How many records of these topics, or of those whose names begin so."""
    return sum(isinstance(event, Record) and event.topic.startswith(inputs) for event in events)


def _dead(outs: Sequence[Out], inputs: tuple[str, ...]) -> int:
    """How many records of these topics have died; the key says where each was."""
    return sum(out.topic == topics.DEAD and out.key.startswith(inputs) for out in outs)


def _decoded(outs: Sequence[Out], topic: str) -> list[_Counted]:
    """What has landed on this topic, or on those whose names begin so."""
    return [msgspec.json.decode(out.value, type=_Counted) for out in outs if out.value and out.topic.startswith(topic)]
