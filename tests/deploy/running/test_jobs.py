"""Work that is done apart: followed step by step, one piece at a time, stopped, and failing in words."""

import os
import threading

import pytest

from deploy.running.jobs import FAILED, Jobs, Progress
from deploy.settings.model import Settings
from stream.errors import ThemewireError
from stream.web.access import RequestRefused
from stream.web.page import Job


def counts(settings: Settings, progress: Progress, most: int) -> int:
    progress.total(most)
    for n in range(most):
        progress.step(f"step {n}")
    return os.getpid()


def refuses(settings: Settings, progress: Progress) -> None:
    raise ThemewireError("there is nothing to learn from")


def breaks(settings: Settings, progress: Progress) -> None:
    raise ZeroDivisionError


def dies(settings: Settings, progress: Progress) -> None:
    os._exit(3)


def waits(settings: Settings, progress: Progress) -> None:
    progress.step("waiting")
    threading.Event().wait()


def ended(jobs: Jobs, name: str) -> Job:
    job = jobs.ended(name, 60)
    assert job is not None
    assert not job.running
    return job


@pytest.fixture(scope="module")
def jobs() -> Jobs:
    return Jobs(Settings())


def test_it_is_done_in_a_process_of_its_own_and_its_steps_and_cost_are_told(jobs):
    assert jobs.find("count") is None
    jobs.start("count", "Counting", counts, 3)
    job = ended(jobs, "count")
    assert job.result not in (None, os.getpid())
    assert (job.done, job.total, job.steps, job.error) == (3, 3, ("step 0", "step 1", "step 2"), "")
    assert job.cpu_seconds > 0
    assert job.memory > 1_000_000


def test_what_fails_says_so_in_a_sentence(jobs):
    for work, sentence in ((refuses, "there is nothing to learn from"), (breaks, FAILED), (dies, FAILED)):
        jobs.start("fail", "Failing", work)
        assert ended(jobs, "fail").error == sentence


def test_one_goes_on_at_a_time_until_it_ends_or_is_stopped(jobs):
    jobs.start("wait", "Waiting", waits)
    with pytest.raises(RequestRefused, match="Waiting is under way"):
        jobs.start("count", "Counting", counts, 1)
    jobs.cancel("wait")
    assert jobs.find("wait").error == "It was stopped."
    jobs.start("count", "Counting", counts, 1)
    assert ended(jobs, "count").result
    assert jobs.find("wait").error == "It was stopped."


def test_one_that_was_stopped_says_nothing_of_the_next_of_its_name(jobs):
    for _ in range(3):  # the process of the one before ends while the next begins, sooner or later
        jobs.start("count", "Counting", waits)
        jobs.cancel("count")
        jobs.start("count", "Counting", counts, 1)
        assert ended(jobs, "count").result
