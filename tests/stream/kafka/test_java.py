"""The Java example of docs/contract.md, run as it says there against a real broker."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from stream.kafka import KafkaLog
from stream.kafka.clients import Clients
from stream.log.records import Out
from stream.log.topics import Topic, alerts_topic
from stream.records import encode
from tests.kafka_broker import Broker, jars
from tests.stream.stories.test_stages import alert

pytestmark = pytest.mark.kafka
EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "ConsumeAlerts.java"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The class path with the example, compiled once."""
    if not shutil.which("javac"):
        missing = "the Java example needs a compiler: install openjdk-17-jdk-headless"
        pytest.fail(missing, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(missing)
    folder = tmp_path_factory.mktemp("classes")
    command = ["javac", "-Xlint:all", "-Werror", "-cp", f"{jars()}/*", "-d", str(folder), str(EXAMPLE)]
    subprocess.run(command, check=True, timeout=120)
    return f"{folder}:{jars()}/*"


@pytest.fixture
def theme(broker: Broker) -> Iterator[tuple[KafkaLog, str]]:
    """A theme of its own, on a broker that others use, too."""
    name = f"java-{uuid.uuid4().hex[:8]}"
    log = KafkaLog(broker.bootstrap)
    log.ensure([Topic(alerts_topic(name), 1, "delete", None, "story id", "")])
    yield log, name
    log.close()


def told(theme: str, name: str, seq: int = 0) -> Out:
    made = alert(seq, "update" if seq else "new")
    return Out(alerts_topic(theme), name, encode(msgspec.structs.replace(made, id=name, title=f"{name}: “€ 5”")))


@contextmanager
def consuming(classes: str, broker: Broker, theme: str) -> Iterator[subprocess.Popen[str]]:
    """The example, asked to stop at the end, which it does in order."""
    command = ["java", "-cp", classes, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "ConsumeAlerts"]
    process = subprocess.Popen(
        [*command, ",".join(broker.bootstrap), theme], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield process
        process.terminate()
        assert process.wait(30) == 128 + 15
    finally:
        process.kill()
        process.wait()


def test_it_reads_what_is_committed_once_and_goes_on_where_it_stopped(compiled, broker, theme):
    log, name = theme
    log.append([told(name, "a"), told(name, "a"), told(name, "b"), told(name, "a", 1)])
    with consuming(compiled, broker, name) as first:
        assert [first.stdout.readline() for _ in range(3)] == [
            "new 0 a: “€ 5”\n",
            "new 0 b: “€ 5”\n",
            "update 1 a: “€ 5”\n",
        ]
    assert first.stdout.read() == ""
    producer = Clients(broker.bootstrap).producer(f"abort-{name}")
    producer.begin_transaction()
    aborted = told(name, "never")
    producer.send(aborted.topic, aborted.value, aborted.key.encode()).get(30)
    producer.abort_transaction()
    Clients.close_producer(producer)
    log.append([told(name, "c")])
    with consuming(compiled, broker, name) as second:
        assert second.stdout.readline() == "new 0 c: “€ 5”\n"
    assert second.stdout.read() == ""


def test_it_says_how_it_is_used(compiled):
    done = subprocess.run(["java", "-cp", compiled, "ConsumeAlerts"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.startswith("usage:")) == (2, True)
