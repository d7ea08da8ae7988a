"""Hostile receivers, hours and days long: all arrives under its key, nothing is given up early, nobody is disturbed."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from stream.delivering.stage import GIVE_UP_AFTER
from stream.engine.batch import REQUESTS
from tests.stream.delivering.delivering import BEGIN, HOUR, SECONDS, WIDTH, Course, Site, hang
from tests.stream.fakes import SetClock
from tests.webserver import Web, answer, close, serve


@pytest.fixture
def stack():
    with ExitStack() as made:
        yield made


@pytest.fixture
def clock():
    return SetClock(BEGIN)


def course(stack: ExitStack, folder: Path, clock: SetClock, **of) -> Course:
    made = Course(folder, clock, **of)
    stack.callback(made.close)
    return made


def says(status: str, *headers: str) -> Callable:
    return lambda web, sock: sock.sendall(answer(b"", *headers, status=status))


def in_two_hours(web: Web, sock) -> None:
    date = format_datetime(datetime.fromtimestamp(BEGIN // 1000 + 7200, UTC), usegmt=True)
    sock.sendall(answer(b"", f"Retry-After: {date}", status="503 Service Unavailable"))


@pytest.mark.parametrize(
    ("misbehave", "status", "first_wait"),
    [
        (says("500 Internal Server Error"), 500, 0),
        (says("404 Not Found"), 404, 0),
        (hang, 0, 0),
        (close, 0, 0),
        (says("307 Temporary Redirect", "Location: http://127.0.0.1:1/"), 307, 0),
        (says("429 Too Many Requests", "Retry-After: 1800"), 429, 1_800_000),
        (in_two_hours, 503, 7_200_000),
    ],
    ids=["500", "404", "hangs", "resets", "redirects", "throttles", "throttles until a date"],
)
def test_all_arrives_once_the_receiver_heals_under_the_same_key(stack, tmp_path, clock, misbehave, status, first_wait):
    web = stack.enter_context(serve())
    site = Site(web, clock, BEGIN + HOUR, misbehave)
    run = course(stack, tmp_path, clock, deadline=0.2 if misbehave is hang else SECONDS)
    run.subscribe("s", url=site.url)
    keys = run.send("s", 5, words=2)
    run.until(BEGIN + HOUR - 1)
    assert len(run.rows("attempts")) == 10
    run.until(BEGIN + 4 * HOUR)
    assert sorted(site.taken) == sorted(keys)
    failures = [d for d in run.said() if d.outcome == "failed"]
    assert {d.outcome for d in run.said()} == {"failed", "delivered"}
    assert {d.status for d in failures} == {status}
    assert min(d.next_try - d.at for d in failures) >= first_wait
    assert Counter(key for _, key in site.sent) == Counter(d.delivery for d in run.said())
    assert {key for _, key in site.sent} == set(keys)
    for first, second in zip(keys[::2], keys[1::2], strict=True):  # the words of an alert, in their order
        assert site.taken.index(first) < min(n for n, (_, key) in enumerate(site.sent) if key == second)
    assert [run.rows(table) for table in ("attempts", "slots", "alert_order", "queues", REQUESTS)] == [{}] * 5
    assert run.most <= WIDTH


def test_a_receiver_that_never_heals_is_tried_by_one_at_a_time_until_three_days_are_over(stack, tmp_path, clock):
    web = stack.enter_context(serve())
    site = Site(web, clock, float("inf"), says("500 Internal Server Error"))
    run = course(stack, tmp_path, clock)
    run.subscribe("s", url=site.url)
    keys = run.send("s", 40)
    run.until(BEGIN + GIVE_UP_AFTER - 2 * HOUR)
    assert {d.outcome for d in run.said()} == {"failed"}
    assert len(run.rows("attempts")) == 40
    assert len(site.sent) < 120  # an hour apart, however many wait
    run.until(float("inf"))
    assert {d.delivery for d in run.said() if d.outcome == "given up"} == set(keys)
    assert run.rows("attempts") == {}
    times = [at for at, _ in site.sent[WIDTH:]]
    assert min(after - before for before, after in pairwise(times)) >= 5000


def test_a_redirect_leads_nowhere_and_says_what_to_do(stack, tmp_path, clock):
    web, inner = stack.enter_context(serve()), stack.enter_context(serve())
    site = Site(web, clock, BEGIN + HOUR, says("308 Permanent Redirect", f"Location: {inner.base}/admin"))
    run = course(stack, tmp_path, clock)
    run.subscribe("s", url=site.url)
    run.send("s", 1)
    run.rest()
    (failed,) = run.said()
    assert "subscribe with its new address" in failed.message
    assert inner.connections == 0


def test_who_hangs_with_two_hundred_waiting_disturbs_nobody(stack, tmp_path, clock):
    web, good = stack.enter_context(serve()), stack.enter_context(serve())
    hanging, healthy = Site(web, clock, float("inf"), hang), Site(good, clock, 0, hang)
    run = course(stack, tmp_path, clock)
    run.subscribe("stuck", url=hanging.url)
    run.subscribe("other", url=healthy.url)
    run.send("stuck", 200)
    while len(hanging.sent) < WIDTH:
        run.step()
    keys = run.send("other", 20)
    while sum(d.outcome == "delivered" for d in run.said()) < 20:
        run.step()
    assert (sorted(healthy.taken), len(hanging.sent)) == (sorted(keys), WIDTH)
    assert (len(run.rows("attempts")), len(run.rows(REQUESTS))) == (200, WIDTH)  # the rest are rows, not requests
    assert run.most <= 2 * WIDTH
    web.over.set()


def test_three_that_begin_to_hang_together_leave_room_for_a_fourth(stack, tmp_path, clock):
    webs = [stack.enter_context(serve()) for _ in range(4)]
    *hanging, healthy = [Site(web, clock, float("inf"), hang) for web in webs[:3]] + [Site(webs[3], clock, 0, hang)]
    run = course(stack, tmp_path, clock)
    for number, site in enumerate(hanging):
        run.subscribe(f"stuck{number}", f"also{number}", url=site.url)  # one receiver, one lane
        run.send(f"stuck{number}", 10)
        run.send(f"also{number}", 10)
    run.subscribe("other", url=healthy.url)
    while sum(len(site.sent) for site in hanging) < 3 * WIDTH:
        run.step()
    keys = run.send("other", 10)
    while len(healthy.taken) < 10:
        run.step()
    assert (sorted(healthy.taken), [len(site.sent) for site in hanging]) == (sorted(keys), [WIDTH] * 3)
    for web in webs:
        web.over.set()


def test_receivers_that_are_known_to_hang_have_one_slot_each(stack, tmp_path, clock):
    """Seven of eight: what is known of a receiver outlives the process that learnt it."""
    webs = [stack.enter_context(serve()) for _ in range(8)]
    failing = [Site(web, clock, float("inf"), says("500 Internal Server Error")) for web in webs[:7]]
    healthy = Site(webs[7], clock, 0, hang)
    run = course(stack, tmp_path, clock)
    for number, site in enumerate(failing):
        run.subscribe(f"stuck{number}", url=site.url)
        run.send(f"stuck{number}", 10)
    run.subscribe("other", url=healthy.url)
    run.rest()
    assert all(failing[n].sent for n in range(7))
    run.restart()
    hanging = [Site(web, clock, float("inf"), hang) for web in webs[:7]]
    clock.now += 11_000  # all of them are due at once
    while sum(len(site.sent) for site in hanging) < 7:
        run.step()
    keys = run.send("other", 10)
    while len(healthy.taken) < 10:
        run.step()
    assert (sorted(healthy.taken), [len(site.sent) for site in hanging]) == (sorted(keys), [1] * 7)
    for web in webs:
        web.over.set()
