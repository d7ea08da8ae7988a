"""What a process finds out when its metrics are read, by the roles that it runs."""

import math
import platform
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.registry import Collector

from deploy.places import index_path
from deploy.settings import Settings
from stream.index.session import feed_states
from stream.log import Log, LogError
from stream.metrics import Answers, Asked
from stream.metrics import catalogue as of
from stream.records import FEED_STATES

__all__ = ["collectors"]


def collectors(settings: Settings, log: Log, inputs: Mapping[str, Sequence[str]]) -> list[Collector]:
    """What there is to ask of these roles, named with their inputs, and of the process."""
    made: list[Collector] = [
        Asked((of.BUILD_INFO, of.DISK_FREE, of.DISK_SIZE), partial(_machine, settings)),
        Asked((of.STAGE_LAG_RECORDS,), partial(_lags, log, inputs)),
        ProcessCollector(registry=None),
        PlatformCollector(registry=None),
        GCCollector(CollectorRegistry()),
    ]
    if "index" in inputs:
        made.append(Asked((of.FEEDS,), partial(_feeds, settings)))
    return made


def _machine(settings: Settings) -> Answers:
    disk = shutil.disk_usage(settings.data.dir)
    return {
        of.BUILD_INFO.name: {(version("themewire"), platform.python_version()): 1},
        of.DISK_FREE.name: {(): disk.free},
        of.DISK_SIZE.name: {(): disk.total},
    }


def _lags(log: Log, inputs: Mapping[str, Sequence[str]]) -> Answers:
    stages = {name: topics for name, topics in inputs.items() if topics and name != "index"}
    return {of.STAGE_LAG_RECORDS.name: {(name,): _lag(log, name, topics) for name, topics in stages.items()}}


def _lag(log: Log, stage: str, inputs: Sequence[str]) -> float:
    try:
        return float(log.lag(stage, inputs))
    except LogError:
        return math.nan  # not known now, which a scrape must survive


def _feeds(settings: Settings) -> Answers:
    states = feed_states(index_path(settings))
    return {of.FEEDS.name: {(state,): states.get(state, 0) for state in FEED_STATES}}
