"""How much waits for its delivery, and for how long: what the metrics say while a receiver fails, and after."""

import socket
from contextlib import closing

from prometheus_client import CollectorRegistry

from stream.ops.metrics import Metrics
from stream.units import MINUTE
from tests.stream.delivering.delivering import BEGIN, HOUR, Course, Site
from tests.stream.fakes import SetClock
from tests.webserver import Web, answer, serve


def waiting(metrics: Metrics) -> tuple[float | None, float | None]:
    """How many deliveries wait, and the seconds since the first of them was sent."""
    names = ("deliveries_pending", "delivery_oldest_pending_seconds")
    number, age = (metrics.registry.get_sample_value(f"themewire_{name}") for name in names)
    return number, age


def failing(web: Web, sock: socket.socket) -> None:
    sock.sendall(answer(status="500 Internal Server Error"))


def test_what_waits_is_counted_until_it_is_taken_also_by_who_takes_the_stage_over(tmp_path):
    clock, metrics, later = SetClock(BEGIN), Metrics(CollectorRegistry()), Metrics(CollectorRegistry())
    with serve() as web, closing(Course(tmp_path, clock, hooks=metrics)) as course:
        site = Site(web, clock, BEGIN + HOUR, failing)
        course.subscribe("a", "b", url=site.url)
        course.rest()
        assert waiting(metrics) == (0, 0)
        course.send("a", 2)
        course.rest()
        clock.now += MINUTE
        course.send("b", 1)
        course.rest()
        assert waiting(metrics) == (3, 60)
        clock.now += MINUTE
        course.hooks = later
        course.restart()
        course.rest()
        assert waiting(later) == (3, 120)
        course.until(BEGIN + 4 * HOUR)
        assert waiting(later) == (0, 0)
