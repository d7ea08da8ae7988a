"""How the system is, for who has no Grafana: stages, dead records, the model that serves, and the disk."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version

from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.access import accesses
from stream.log.port import Log, LogError, records
from stream.log.topics import STAGES
from stream.records import Dead, ModelRecord, decode
from stream.sqlite import SqliteLog
from stream.web.page import Fact, StageState, State

__all__ = ["state_of"]

MB, GB = 10**6, 10**9
LOW_DISK = 1 * GB


def state_of(
    settings: Settings,
    stream: Log,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    models: Callable[[], Sequence[ModelRecord]],
) -> Callable[[], State]:
    """Return what says how the system is; `themes` may change, `ready` says why a role does not work."""
    backend = "SQLite" if isinstance(stream, SqliteLog) else "Kafka"

    def state() -> State:
        facts = [*_dead(stream), *_serving(models()), *_disk(settings, stream)]
        stages = list(_stages(stream, tuple(themes), ready()))
        return State(f"{backend} · version {version('themewire')}", stages, facts)

    return state


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


def _serving(models: Sequence[ModelRecord]) -> Iterator[Fact]:
    if models and models[0].promoted_at:
        yield Fact("Model", f"{models[0].id}, trained on {plural(models[0].examples, 'example')}", "serves")
    else:
        yield Fact("Model", "no model serves yet: the role tag makes the first one", "none", bad=True)


def _disk(settings: Settings, stream: Log) -> Iterator[Fact]:
    folder = settings.data.dir
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    kept = f"{stream.size() / MB:,.0f} MB of records" if isinstance(stream, SqliteLog) else "records are on Kafka"
    yield Fact("Disk", kept, f"{free / GB:,.0f} GB free", bad=free < LOW_DISK)
