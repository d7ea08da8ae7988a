"""What the page is given: the themes, the state of the system in words, and why there was no alert."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.metadata import version

from classifiers.labels.collected import read_labels
from classifiers.promoted import promoted
from deploy.inspect.why_not import why_not
from deploy.settings.locations import belief, clock, index_path
from deploy.settings.model import Settings
from deploy.wording import plural
from seeds.themes import load_themes
from stream.index.queries import Wanted, find_items
from stream.index.session import IndexRows, open_index
from stream.index.stage import ItemDoc
from stream.log import topics
from stream.log.access import accesses
from stream.log.global_tables import read_table
from stream.log.latest import Latest
from stream.log.port import Log, LogError, records
from stream.log.topics import STAGES
from stream.records import Dead, ModelRecord, OwnTheme, decode
from stream.sqlite import SqliteLog
from stream.themes.watched import watched
from stream.web.labels_api import LabelsApi
from stream.web.page import Fact, LabelDesk, StageState, State, Theme, Workbench

__all__ = ["workbench"]

MB, GB = 10**6, 10**9
LOW_DISK = 1 * GB
LATEST = 300  # unsure items among which those to label are chosen


def workbench(
    settings: Settings,
    stream: Log,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    labels: LabelsApi,
    mute: Callable[[str, int], None],
) -> Workbench:
    """What the page shows and asks, over this stream; `themes` may change, `ready` says why a role does not work."""
    ships = [Theme(each.id, each.name, each.about) for each in load_themes()]
    path = index_path(settings)
    models = Latest(stream, topics.MODELS, lambda value: decode(value, ModelRecord))
    own = Latest(stream, topics.THEMES, lambda value: decode(value, OwnTheme))

    def named() -> list[Theme]:
        mine = sorted(watched(own.rows()), key=lambda each: each.id)
        return [*ships, *(Theme(each.id, each.name or each.id, each.about) for each in mine)]

    def explain(name: str) -> list[tuple[str, str]]:
        with closing(open_index(path)) as index:
            steps = why_not(name, IndexRows(index), stream, tuple(themes), read_table(stream, topics.SUBSCRIPTIONS))
        return [(step.what, step.text) for step in steps]

    def state() -> State:
        backend = "SQLite" if isinstance(stream, SqliteLog) else "Kafka"
        facts = [*_dead(stream), *_serving(models), *_disk(settings, stream)]
        stages = list(_stages(stream, tuple(themes), ready()))
        return State(f"{backend} · version {version('themewire')}", stages, facts)

    return Workbench(stream, path, named, clock, explain, state, mute, _desk(settings, stream, labels))


def _desk(settings: Settings, stream: Log, labels: LabelsApi) -> LabelDesk:
    """Items that the model is unsure of, in every language, and what people say of them."""

    def waiting(count: int) -> Sequence[ItemDoc]:
        import numpy as np  # only now, as below: numpy takes a while to load

        from classifiers.labels.sampling import chosen

        known = {each.item.id for each in read_labels(stream, belief=belief(settings)).by_item if each.standing}
        with closing(open_index(index_path(settings))) as index:
            found = find_items(index, Wanted(decision="unsure", limit=LATEST)).docs
        return chosen(
            [doc for doc in found if doc.item.id not in known], count, lambda docs: np.zeros((len(docs), 1), np.float32)
        )

    def since(at: int) -> int:
        return sum(label.at >= at and not label.undoes for _, _, label in read_labels(stream).records)

    def say(item: str, who: str, yes: tuple[str, ...], no: tuple[str, ...]) -> str:
        return labels.say(item, who, yes, no).id

    def undo(item: str, who: str, label: str) -> None:
        labels.undo(item, who, label)

    return LabelDesk(waiting, since, say, undo)


def _stages(stream: Log, themes: Sequence[str], why: Mapping[str, str]) -> Iterator[StageState]:
    inputs = {access.role: sorted(access.inputs) for access in accesses(themes)}
    for name in (each for each in STAGES if inputs.get(each) and each != "index"):
        try:
            lag = stream.lag(name, inputs[name])
        except LogError as error:
            yield StageState(name, None, 0.0, why.get(name, "") or str(error))
            continue
        seconds = 0.0 if lag.since is None else max(0, clock() - lag.since) / 1000
        yield StageState(name, lag.records, seconds, why.get(name, ""))


def _dead(stream: Log) -> Iterator[Fact]:
    last = {}
    for record in records(stream, [topics.DEAD]):
        dead = decode(record.value, Dead)
        last[record.key, dead.stage] = dead
    waiting = sum(not dead.requeued_at for dead in last.values())
    sentence = "`themewire dead list` shows them, `dead requeue` sends them round again" if waiting else "none"
    yield Fact("Records that could not be processed", sentence, f"{waiting:,}", bad=bool(waiting))


def _serving(models: Latest[ModelRecord]) -> Iterator[Fact]:
    for model in promoted(models.rows().values()):
        yield Fact("Model", f"{model.id}, trained on {plural(model.examples, 'example')}", "serves")
        return
    yield Fact("Model", "no model serves yet: the role tag makes the first one", "none", bad=True)


def _disk(settings: Settings, stream: Log) -> Iterator[Fact]:
    folder = settings.data.dir
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    kept = f"{stream.size() / MB:,.0f} MB of records" if isinstance(stream, SqliteLog) else "records are on Kafka"
    yield Fact("Disk", kept, f"{free / GB:,.0f} GB free", bad=free < LOW_DISK)
