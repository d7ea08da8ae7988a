"""The threads of BLAS in a process that runs roles."""

import numpy as np
from prometheus_client import CollectorRegistry
from threadpoolctl import threadpool_info, threadpool_limits

from deploy.running.service import Service
from deploy.settings.model import Settings
from stream.ops.metrics import Metrics
from stream.sqlite import SqliteLog


def test_each_role_computes_on_its_own_thread_alone(tmp_path):
    log = SqliteLog(tmp_path / "stream.db")
    assert np.ones(2) @ np.ones(2) == 2  # its BLAS is there
    with threadpool_limits(limits=2, user_api="blas"):
        service = Service((), Settings(), log, Metrics(CollectorRegistry()))
        threads = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
        service.close()
    log.close()
    assert threads == {1}
