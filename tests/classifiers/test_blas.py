"""Vectors are summed on one thread, whatever the process has set."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from classifiers.judging.blas import blas_on_one_thread


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize("before", [1, 2])
def test_there_is_one_thread_within_and_as_many_as_before_behind_it(before: int) -> None:
    assert np.ones((2, 2)).any()  # the BLAS is loaded with it
    with threadpool_limits(limits=before, user_api="blas"):
        outside = threads()
        with blas_on_one_thread():
            assert threads() == {1}
        assert threads() == outside
