"""Metrics that are computed when they are scraped, by the roles of this process.

What is true of the whole stream is reported by every process that runs the role: any of them can be asked.
"""

import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector
from prometheus_client.registry import Collector

from classifiers.promoted import promoted
from deploy.settings.locations import clock, index_path
from deploy.settings.model import Settings
from stream.index.feeds import feeds_now
from stream.log import topics
from stream.log.latest import Latest
from stream.log.port import Log, LogError
from stream.ops.metrics import Readings, ReadOnScrape, Samples
from stream.ops.metrics import catalogue as of
from stream.ops.metrics.declared import Declared
from stream.records import FEED_STATES, ModelRecord, NewerVersion, Subscription, decode
from stream.sqlite import SqliteLog

__all__ = ["collectors"]

LATE = 600_000  # ms after which a feed is overdue


def collectors(
    settings: Settings, log: Log, roles: Sequence[str], inputs: Callable[[], Mapping[str, Sequence[str]]]
) -> list[Collector]:
    """The collectors of these roles and of the process; `inputs` are the roles' topics, which change with themes."""
    models, subscriptions = Latest(log, topics.MODELS, _model), Latest(log, topics.SUBSCRIPTIONS, _subscription)
    asked: list[tuple[bool, tuple[Declared[Any], ...], Callable[[], Readings]]] = [
        (True, (of.BUILD_INFO, of.DISK_FREE, of.DISK_SIZE), lambda: _machine(settings)),
        (True, (of.STAGE_LAG_RECORDS, of.STAGE_LAG_SECONDS), lambda: _lags(log, inputs())),
        (True, (of.STREAM_SIZE, of.RETENTION_DELETED), lambda: _embedded(log)),
        ("index" in roles, (of.FEEDS, of.FEEDS_OVERDUE), lambda: _feeds(settings)),
        ("tag" in roles, (of.MODEL_INFO, of.MODEL_PROMOTED), lambda: _serving(models.rows())),
        ("match" in roles, (of.SUBSCRIPTIONS,), lambda: _subscribed(subscriptions.rows(), clock())),
    ]
    made: list[Collector] = [ReadOnScrape(declared, ask) for here, declared, ask in asked if here]
    return [*made, PlatformCollector(CollectorRegistry()), GCCollector(CollectorRegistry())]


def _machine(settings: Settings) -> Readings:
    folder = settings.data.dir
    disk = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))
    return {
        of.BUILD_INFO.name: {(version("themewire"), platform.python_version()): 1},
        of.DISK_FREE.name: {(): disk.free},
        of.DISK_SIZE.name: {(): disk.total},
    }


def _embedded(log: Log) -> Readings:
    if not isinstance(log, SqliteLog):
        return {}
    return {of.STREAM_SIZE.name: {(): log.size()}, of.RETENTION_DELETED.name: {(): log.deleted}}


def _lags(log: Log, inputs: Mapping[str, Sequence[str]]) -> Readings:
    """The lag of each stage whose lag is known now; the index is in no consumer group."""
    records: dict[tuple[str, ...], float] = {}
    seconds: dict[tuple[str, ...], float] = {}
    for name, read in inputs.items():
        if not read or name == "index":
            continue
        try:
            lag = log.lag(name, read)
        except LogError:
            continue
        records[name,] = lag.records
        seconds[name,] = 0.0 if lag.since is None else max(0, clock() - lag.since) / 1000
    return {of.STAGE_LAG_RECORDS.name: records, of.STAGE_LAG_SECONDS.name: seconds}


def _feeds(settings: Settings) -> Readings:
    states, late = feeds_now(index_path(settings), clock() - LATE)
    by_state: Samples = {(state,): states[state] for state in FEED_STATES}
    return {of.FEEDS.name: by_state, of.FEEDS_OVERDUE.name: {(): late}}


def _model(value: bytes) -> ModelRecord | None:
    """A model's record without the model."""
    try:
        return msgspec.structs.replace(decode(value, ModelRecord), data=b"", checks=(), card="")
    except (NewerVersion, msgspec.MsgspecError):
        return None  # whoever serves it reports that


def _serving(models: Mapping[str, ModelRecord]) -> Readings:
    for model in promoted(models.values()):
        since: Samples = {(): model.promoted_at / 1000}
        return {of.MODEL_INFO.name: {(model.id,): 1}, of.MODEL_PROMOTED.name: since}
    return {}


def _subscription(value: bytes) -> tuple[bool, int] | None:
    """Whether it has ended, and until when (ms) it is muted."""
    try:
        subscription = decode(value, Subscription)
    except (NewerVersion, msgspec.MsgspecError):
        return None  # the stage `match` reports that
    return bool(subscription.ended), subscription.muted_until


def _subscribed(subscriptions: Mapping[str, tuple[bool, int]], now: int) -> Readings:
    states = dict.fromkeys(of.SUBSCRIPTIONS.combinations(()), 0.0)
    for ended, muted_until in subscriptions.values():
        states["ended" if ended else "muted" if muted_until > now else "active",] += 1
    return {of.SUBSCRIPTIONS.name: states}
