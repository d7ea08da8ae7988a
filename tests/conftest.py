"""What tests of several rooms share: the two backends, of which a real Kafka broker is started once a session and only
when a test asks for it."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

from stream.log.port import Log
from stream.log.topics import all_topics
from tests.kafka_broker import Broker, Missing
from tests.secure_broker import SecureBroker
from tests.stream.backends import BACKENDS, Backend, KafkaBackend, SqliteBackend, open_log

B = TypeVar("B", bound=Broker)

MOST_WORKERS = 4

# No example fails for being slow: how fast a machine is is nothing that a test asserts.
hypothesis.settings.register_profile(
    "themewire", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("themewire")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests run in several processes; those with a broker in one of them, since a broker takes half a CPU."""
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.xdist_group("kafka"))
    items.sort(key=lambda item: -_minutes(item))  # the longest begin first: at the end one worker would do them alone


def pytest_xdist_auto_num_workers() -> int | None:
    """One worker more than cores, since many tests wait for processes; the variable of pytest-xdist outweighs it."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return min(MOST_WORKERS, (os.cpu_count() or 1) + 1)


def _minutes(item: pytest.Item) -> int:
    timeout = item.get_closest_marker("timeout")
    return int(timeout.args[0]) // 60 if timeout and timeout.args else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each reason for which tests were skipped is said once, with how many they are."""
    skipped: Sequence[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} tests were not run. {reason}")


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A broker of this session; without Java or Maven its tests are skipped, but never under CI=true."""
    yield from _started(Broker)


@pytest.fixture(scope="session")
def secure_broker() -> Iterator[SecureBroker]:
    """A broker with TLS, SASL and ACLs on the same terms."""
    yield from _started(SecureBroker)


def _started(kind: type[B]) -> Iterator[B]:
    try:
        made = kind()
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def kafka_url(broker: Broker) -> str:
    """The broker's address as settings write it."""
    return broker.url


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """A stream of the test's own, on either backend."""
    if request.param == "sqlite":
        return SqliteBackend(tmp_path)
    return KafkaBackend(request.getfixturevalue("broker").bootstrap)


@pytest.fixture
def log(backend: Backend) -> Iterator[Log]:
    """The stream with its topics, of two partitions, and a theme `t`."""
    made = open_log(backend.address)
    made.ensure(all_topics(("t",), 2))
    yield made
    made.close()
