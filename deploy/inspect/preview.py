"""A preview: what a subscription would have been sent, had it existed some days ago; nothing is written."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import overload

from stream.engine.derived import Kept
from stream.engine.stage import Event
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Log
from stream.log.records import Record
from stream.log.topics import alerts_topic
from stream.matching.filters import refusal
from stream.matching.stage import MatchStage
from stream.records import Alert, Outbound, Subscription, decode, encode

__all__ = ["Preview", "alerts_since", "preview"]

AT_ONCE = 64


class _Decoded(Sequence[Outbound]):
    """Records of `outbox` as messages."""

    def __init__(self, records: Sequence[bytes]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, at: int) -> Outbound: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Outbound]: ...
    def __getitem__(self, at: int | slice) -> Outbound | Sequence[Outbound]:
        if isinstance(at, slice):
            return _Decoded(self._records[at])
        return decode(self._records[at], Outbound)


@dataclass
class Preview:
    """What would have been sent, and how many alerts each filter kept away; messages as they would be on `outbox`."""

    alerts: int = 0
    messages: list[bytes] = field(default_factory=list)
    kept_away: Counter[str] = field(default_factory=Counter)

    @property
    def sent(self) -> Sequence[Outbound]:
        """The messages, each decoded when it is looked at: of a week there may be thousands, of which few are shown."""
        return _Decoded(self.messages)


def preview(
    alerts: Sequence[Record], subscription: Subscription, now: int, progress: Callable[[int], None] = lambda _: None
) -> Preview:
    """Decides as the live stage would have done, with each alert's own time as now, and every timer in between.

    `progress` is told of each alert that was decided on.
    """
    stage, rows, found = MatchStage(subscription.themes), InMemoryRows(), Preview()
    kept, kept_views = Kept(), Kept()
    views = {topics.SUBSCRIPTIONS: {subscription.id: encode(subscription)}}

    def decide(events: list[Event], moment: int) -> bool:
        effects = stage.decide(Tables(rows, views, (), kept, kept_views), events, moment)
        rows.apply(effects.changes)
        kept.committed(effects.changes)
        found.messages += [out.value for out in effects.outputs if out.topic == topics.OUTBOX and out.value]
        return bool(effects.facts["filtered"])

    def until(moment: int) -> None:
        while (due := rows.next_due()) is not None and due <= moment:
            decide(list(rows.due(due, AT_ONCE)), due)

    for record in alerts:
        until(record.timestamp)
        found.alerts += 1
        if decide([record], record.timestamp):
            reason = refusal(subscription, decode(record.value, Alert), record.timestamp)
            found.kept_away.update([reason.partition(":")[0]] if reason else [])
        progress(1)
    until(now)
    return found


def alerts_since(stream: Log, themes: Sequence[str], since: int) -> list[Record]:
    """The alerts of these themes since that moment (ms), in the order in which they were appended."""
    if not themes:
        return []
    named = [alerts_topic(theme) for theme in themes]
    reader = stream.reader(named, stream.since(named, since))
    found: list[Record] = []
    while not reader.caught_up():
        found += [record for record in reader.poll(1.0) if record.timestamp >= since and record.value is not None]
    reader.close()
    return sorted(found, key=lambda record: (record.timestamp, record.topic, record.offset))
