"""A stage that decides on canaries, too: by the same code, in the same batch and commit, and apart from all else.

A canary is known by where it is: on a topic, in a table, under a request that begins with `canary`. So nothing
that reads `items`, `tagged`, `alerts.*` or a table has to know that there are canaries, and none can come loose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from stream.engine.stage import Effects, Event, Request, Result, Stage
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.records import Out, Record, Tick
from stream.log.topics import CANARY, canary_topic

__all__ = ["LATE", "WithCanary"]

LATE = 3_600_000  # ms: what was held up for longer is passed by, or an outage would end in a heap of canaries
_STANDING = (canary_topic(topics.FEEDS), canary_topic(topics.SUBSCRIPTIONS))


@dataclass(frozen=True)
class WithCanary:
    """The stage, with `canary_stage` to decide on canaries: what comes on the twins of its topics."""

    stage: Stage
    canary_stage: Stage

    @property
    def name(self) -> str:
        """The stage's."""
        return self.stage.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The stage's, and their twins."""
        return _with_twins(self.stage.inputs)

    @property
    def views(self) -> tuple[str, ...]:
        """The stage's, and their twins."""
        return _with_twins(self.stage.views)

    def decide(self, tables: Tables, events: Sequence[Event], now: int) -> Effects:
        """What the stage decides, and `canary_stage` on canaries; the facts, which are counted, are the stage's.

        Records of canaries for which there is no twin are nobody's, and not written. See `stream.engine.stage.Stage`.
        """
        own: list[Event] = []
        canaries: list[Event] = []
        for event in events:
            bare = _bare(event)
            (own if bare is event else canaries).append(bare)
            if isinstance(event, Record) and bare is not event and _is_late(event, now):
                canaries.pop()
        effects = self.stage.decide(tables, own, now) if own or not events else Effects(changes=tables.changes)
        if not canaries:
            return effects
        views = {topic: tables.view(canary_topic(topic) or topic) for topic in self.canary_stage.views}
        inner = self.canary_stage.decide(Tables(_Rows(tables), views), canaries, now)
        for change in inner.changes:
            if change.value is None:
                tables.delete(CANARY + change.table, change.key)
            else:
                tables.put(CANARY + change.table, change.key, change.value, change.due)
        return Effects(
            [*effects.outputs, *_twins(inner.outputs)],
            tables.changes,
            [*effects.requests, *(Request(CANARY + r.id, CANARY + r.kind, r.body) for r in inner.requests)],
            effects.facts,
        )


class _Rows:
    """The canaries' rows among those of the stage."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        return self._tables.get(CANARY + table, key)

    def items(self, table: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Every (key, value) of a table, in order of keys; of those that begin so only."""
        return self._tables.items(CANARY + table, prefix)

    def due(self, now: int, limit: int) -> list[Tick]:
        """The worker asks the stage's own rows, in which these are."""
        return []

    def armed(self, table: str) -> Iterator[tuple[Tick, bytes]]:
        """The worker asks the stage's own rows, in which these are."""
        return iter(())

    def next_due(self) -> int | None:
        """The worker asks the stage's own rows, in which these are."""
        return None


def _with_twins(topics: Sequence[str]) -> tuple[str, ...]:
    return (*topics, *dict.fromkeys(twin for topic in topics if (twin := canary_topic(topic))))


def _twins(outs: Sequence[Out]) -> list[Out]:
    return [replace(out, topic=twin) for out in outs if (twin := canary_topic(out.topic))]


def _bare(event: Event) -> Event:
    """A canary's event as its stage knows it; any other as it is."""
    if isinstance(event, Record):
        return replace(event, topic=event.topic.removeprefix(CANARY)) if event.topic.startswith(CANARY) else event
    if isinstance(event, Tick):
        return replace(event, table=event.table.removeprefix(CANARY)) if event.table.startswith(CANARY) else event
    request = event.request
    if not request.id.startswith(CANARY):
        return event
    bare = Request(request.id.removeprefix(CANARY), request.kind.removeprefix(CANARY), request.body)
    return Result(bare, event.answer)


def _is_late(record: Record, now: int) -> bool:
    return record.topic not in _STANDING and 0 < record.timestamp < now - LATE
