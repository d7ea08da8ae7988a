"""How the system is, for who has no Grafana: stages, dead records, the model that serves, and the disk."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version

import msgspec
from prometheus_client import CollectorRegistry

from deploy.settings.locations import clock
from deploy.settings.model import Settings
from deploy.wording import plural
from stream.log import topics
from stream.log.access import accesses
from stream.log.latest import Latest
from stream.log.port import Log, LogError
from stream.log.topics import STAGES
from stream.ops.balance import Balance
from stream.ops.metrics.balanced import balanced
from stream.records import HealthEvent, ModelRecord, NewerVersion, decode
from stream.sqlite import SqliteLog
from stream.web.page import DeadRow, Fact, StageState, State

__all__ = ["state_of"]

MB, GB = 10**6, 10**9
LOW_DISK = 1 * GB


def state_of(
    settings: Settings,
    stream: Log,
    themes: Sequence[str],
    ready: Callable[[], Mapping[str, str]],
    models: Callable[[], Sequence[ModelRecord]],
    registry: Callable[[], CollectorRegistry],
    waiting: Callable[[], Sequence[DeadRow]],
) -> Callable[[], State]:
    """Return what says how the system is; `themes` may change, `ready` says why a role does not work.

    `waiting` are the dead records that wait.
    """
    drifting = Latest(stream, topics.EVENTS, _drifting)
    backend = "SQLite" if isinstance(stream, SqliteLog) else "Kafka"

    def state() -> State:
        known, dead, balance = models(), waiting(), balanced(registry())
        facts = [
            *_balance(balance),
            *_dead(len(dead)),
            *_serving(known),
            *_drift(drifting.rows(), known),
            *_disk(settings, stream),
        ]
        stages = list(_stages(stream, tuple(themes), ready()))
        return State(f"{backend} · version {version('themewire')}", stages, facts, dead, balance)

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


def _balance(balances: Sequence[Balance]) -> Iterator[Fact]:
    if missing := ", ".join(f"{each.lost:,} {each.of}" for each in balances if each.lost):
        yield Fact("Balance", f"{missing} without a fate; within a commit that is usual for a moment", "look", bad=True)
        return
    counted = sum(each.came for each in balances)
    sentence = "all that came since the start has its fate" if counted else "nothing has been counted here yet"
    yield Fact("Balance", sentence, f"{counted:,} counted")


def _dead(waiting: int) -> Iterator[Fact]:
    sentence = "the list below says why, and has them tried again" if waiting else "none"
    yield Fact("Records that could not be processed", sentence, f"{waiting:,}", bad=bool(waiting))


def _serving(models: Sequence[ModelRecord]) -> Iterator[Fact]:
    if models and models[0].promoted_at:
        sentence = f"{models[0].id}, trained on {plural(models[0].examples, 'example')}"
        right = models[0].evaluation.get("accuracy")
        yield Fact("Model", sentence, "serves" if right is None else f"{right:.2f} of what is sure is right")
    else:
        yield Fact("Model", "no model serves yet: the role tag makes the first one", "none", bad=True)


def _drifting(value: bytes) -> HealthEvent | None:
    """What the role `train` has reported of a model's input; of anything else nothing is kept."""
    try:
        event = decode(value, HealthEvent)
    except (msgspec.MsgspecError, NewerVersion):
        return None
    return event if event.kind == "model drifting" else None


def _drift(events: Mapping[str, HealthEvent], models: Sequence[ModelRecord]) -> Iterator[Fact]:
    serving = models[0].id if models and models[0].promoted_at else ""
    own = [event for subject, event in sorted(events.items()) if serving and subject.startswith(f"models/{serving}/")]
    sentence = "; ".join(event.message for event in own) or "its input is within what it was when it began to serve"
    yield Fact(
        "Drift", sentence, f"{len(own)} figures" if len(own) > 1 else "1 figure" if own else "none", bad=bool(own)
    )


def _disk(settings: Settings, stream: Log) -> Iterator[Fact]:
    folder = settings.data.dir
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    kept = f"{stream.size() / MB:,.0f} MB of records" if isinstance(stream, SqliteLog) else "records are on Kafka"
    yield Fact("Disk", kept, f"{free / GB:,.0f} GB free", bad=free < LOW_DISK)
