"""A replay: the stages tag, story and match decide again, with another model, over copies of their tables.

The items of some days are judged as the live stages would judge them now; `now` is each record's own time, and what
would be requested is discarded. Nothing is written. The result is the difference to the alerts that were sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from classifiers.rows import ITEMS
from classifiers.serving import Serving
from classifiers.stage import TagStage
from deploy.running.wiring.story import make_extractor
from stream.engine.stage import Stage
from stream.engine.tables import Tables
from stream.log import topics
from stream.log.in_memory_rows import InMemoryRows
from stream.log.port import Log
from stream.log.records import Change, Out, Record
from stream.log.topics import ALERTS, retry_topic
from stream.matching.stage import MatchStage
from stream.records import Alert, Candidate, Item, ModelRecord, Outbound, decode, encode
from stream.stories.stage import StoryStage

__all__ = ["Moved", "Replay", "ask_live", "items_since", "replay"]

AT_ONCE = 64
MOVED = 0.2  # a probability that moved by so much is worth a look
TABLES = {"tag": ("items", "labels"), "story": ("stories", "members", "open"), "match": ("sent",)}


@dataclass(frozen=True)
class Moved:
    """An item whose probability for a theme moves, and which stands, or does not, as before."""

    title: str
    url: str
    theme: str
    before: float
    after: float


@dataclass
class Replay:
    """What would come, go and change; `deliveries` counts what each subscription would be sent."""

    items: int = 0
    come: list[Alert] = field(default_factory=list)
    gone: list[Alert] = field(default_factory=list)
    changed: list[Alert] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    deliveries: dict[str, int] = field(default_factory=dict)


def items_since(stream: Log, since: int) -> list[Record]:
    """The records on `items` that were appended at `since` (ms) or later, each item's latest of each feed."""
    reader = stream.reader([topics.ITEMS])
    found: dict[tuple[str, str], Record] = {}
    while not reader.caught_up():
        for record in reader.poll(1.0):
            if record.timestamp >= since and record.value is not None:
                item = decode(record.value, Item)
                found.pop((item.id, item.feed), None)
                found[item.id, item.feed] = record
    reader.close()
    return sorted(found.values(), key=lambda record: (record.timestamp, record.partition, record.offset))


def replay(
    stream: Log,
    model: ModelRecord,
    items: Sequence[Record],
    serving: Serving,
    themes: Sequence[str],
    judged_for: int,
    subscriptions: Mapping[str, bytes],
    progress: Callable[[int], None] = lambda _: None,
) -> Replay:
    """What the stages would say of these items with this model."""
    view = {model.id: encode(replace(model, promoted_at=1))}
    tag = _Dry(TagStage(serving, judged_for), stream, {topics.MODELS: view})
    story, match = (
        _Dry(StoryStage(make_extractor), stream, {}),
        _Dry(MatchStage(tuple(themes)), stream, {topics.SUBSCRIPTIONS: subscriptions}),
    )
    before = stream.rows("tag", ITEMS.name)
    result = Replay(items=len(items))
    for start in range(0, len(items), AT_ONCE):
        batch = [Record(topics.ITEMS, 0, r.offset, r.key, r.value, r.timestamp) for r in items[start : start + AT_ONCE]]
        candidates = tag(batch)
        result.moved += _moved(before, candidates)
        alerts = story(_records(candidates, topics.CANDIDATES, batch[-1].timestamp))
        for out in alerts:
            alert = decode(out.value, Alert)
            {"new": result.come, "retracted": result.gone, "update": result.changed}[alert.kind].append(alert)
        for out in match(_records(alerts, ALERTS, batch[-1].timestamp)):
            if out.topic == topics.OUTBOX:
                name = decode(out.value, Outbound).subscription
                result.deliveries[name] = result.deliveries.get(name, 0) + 1
        progress(len(batch))
    return result


def ask_live(stream: Log, items: Sequence[Record]) -> None:
    """Has the live stages judge these items again, and send the updates and retractions that follow."""
    for start in range(0, len(items), AT_ONCE):
        stream.append([Out(retry_topic("tag"), record.key, record.value) for record in items[start : start + AT_ONCE]])


class _Dry:
    """A stage over copies of its tables."""

    def __init__(self, stage: Stage, stream: Log, views: Mapping[str, Mapping[str, bytes]]) -> None:
        self._stage = stage
        self._views = views
        self._rows = InMemoryRows()
        for table in TABLES[stage.name]:
            self._rows.apply(Change(table, key, value) for key, value in stream.rows(stage.name, table).items())

    def __call__(self, records: Sequence[Record]) -> list[Out]:
        """What the stage makes of these records."""
        if not records:
            return []
        effects = self._stage.decide(Tables(self._rows, self._views), records, records[-1].timestamp)
        self._rows.apply(effects.changes)
        return list(effects.outputs)


def _records(outs: Iterable[Out], topic: str, at: int) -> list[Record]:
    """The records of a topic, or of those whose names begin so, as the next stage reads them."""
    kept = [out for out in outs if out.topic.startswith(topic)]
    return [Record(out.topic, 0, n, out.key, out.value, at) for n, out in enumerate(kept)]


def _moved(before: Mapping[str, bytes], outs: Sequence[Out]) -> list[Moved]:
    """Items that are tagged as before, with another probability."""
    found = []
    for out in outs:
        if out.topic != topics.CANDIDATES:
            continue
        candidate = decode(out.value, Candidate)
        item = candidate.tagged.item
        known = ITEMS.read(before[item.id]) if item.id in before else None
        if known is None or (candidate.theme in known.tags) != candidate.stands:
            continue
        was, now = known.themes.get(candidate.theme, 0.0), candidate.tagged.themes.get(candidate.theme, 0.0)
        if abs(was - now) >= MOVED:
            found.append(Moved(item.title, item.url, candidate.theme, was, now))
    return found
