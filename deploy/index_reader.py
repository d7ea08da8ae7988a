"""Reads the index from a command: it is brought up to date first, by the same stage that `run` has."""

from deploy.settings import Settings
from deploy.wiring import clock, index_path, theme_ids
from stream.index.session import IndexSession
from stream.index.stage import IndexStage
from stream.log import Log
from stream.metrics import Metrics
from stream.worker import Worker

__all__ = ["rows"]


def rows(settings: Settings, log: Log, table: str) -> list[tuple[str, bytes]]:
    """Every (key, value) of a table of the index, as of now."""
    from prometheus_client import CollectorRegistry

    stage = IndexStage(theme_ids(settings))
    session = IndexSession(log, index_path(settings), stage.inputs)
    worker = Worker(stage, log, session, clock, Metrics(CollectorRegistry()))
    try:
        while not session.caught_up():
            worker.step()
        return list(session.tables(0).items(table))
    finally:
        worker.close()
