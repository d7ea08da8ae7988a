"""A real Apache Kafka broker on loopback, from Maven Central's jars: `python -m tests.kafka_broker` runs one.

KRaft combined mode, one node. It needs a Java runtime (17 or later) and, the first time, Maven, which puts the jars
into `.cache/kafka/VERSION` of the checkout; after that only Java is needed.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Broker", "Missing", "free_ports", "jars"]

VERSION = "4.1.1"
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "kafka"
HOW = "a Kafka broker needs a Java runtime (17 or later) and Maven: install openjdk-17-jre-headless and maven"
START_SECONDS = 120

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>themewire</groupId><artifactId>test-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""

PROPERTIES = """process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
log.dirs={folder}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.dedupe.buffer.size=16777216
"""


class Missing(Exception):
    """What a broker needs is not installed; the sentence says what."""


def free_ports(count: int) -> list[int]:
    """Ports of loopback that are free now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def jars() -> Path:
    """The folder with the broker's jars; they are fetched by Maven where they are missing."""
    if not shutil.which("java"):
        raise Missing(HOW)
    folder = CACHE / VERSION
    if folder.is_dir():
        return folder
    if not shutil.which("mvn"):
        raise Missing(HOW)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        pom = Path(work, "pom.xml")
        pom.write_text(POM)
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={work}/jars"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"Maven could not fetch the broker's jars: {(done.stdout + done.stderr).strip()[:500]}")
        with contextlib.suppress(OSError):  # another process was first: its folder is as good
            Path(work, "jars").rename(folder)
    return folder


class Broker:
    """One broker process whose data outlives `kill` and `restart`, and ends with `stop`."""

    def __init__(self) -> None:
        self._jars = jars()
        self.folder = Path(tempfile.mkdtemp(prefix="themewire-kafka-"))
        self._config = self.folder / "server.properties"
        self._config.write_text(self._properties())
        self._log = self.folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        cluster = uuid.uuid4().hex[:22]
        storage = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(self._config)]
        with self._log.open("ab") as log:
            done = subprocess.run(self._java("128m", *storage), stdout=log, stderr=log, check=False)
        if done.returncode:
            raise Missing(f"the broker's storage could not be formatted:\n{self.tail()}")

    def _properties(self) -> str:
        """Its configuration file; sets `port`, where clients connect."""
        self.port, controller = free_ports(2)
        return PROPERTIES.format(port=self.port, controller=controller, folder=self.folder / "data")

    @property
    def url(self) -> str:
        """Where it listens, as the settings write it."""
        return f"kafka://127.0.0.1:{self.port}"

    @property
    def bootstrap(self) -> list[str]:
        """Where it listens, as a client's list of servers."""
        return [f"127.0.0.1:{self.port}"]

    def start(self) -> None:
        """Starts the process and returns once it has said that it is started."""
        begin = self._log.stat().st_size
        with self._log.open("ab") as log:
            command = self._java("512m", "kafka.Kafka", str(self._config))
            # its own group: a Ctrl-C in the terminal is the tests' to handle, not the broker's
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while b"Kafka Server started" not in self._log.read_bytes()[begin:]:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise Missing(f"the broker did not start:\n{self.tail()}")
            time.sleep(0.1)  # another program's log file gives no event

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """kill -9, and a start on the same data and port."""
        self.kill()
        self.start()

    def suspended(self) -> "contextlib.AbstractContextManager[None]":
        """The process stands still within, as behind a cut network."""
        return _suspended(self._pid())

    def stop(self) -> None:
        """Ends the process and deletes its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-2000:]

    def _pid(self) -> int:
        if self._process is None:
            raise Missing("the broker is not running")
        return self._process.pid

    def _java(self, heap: str, *arguments: str) -> list[str]:
        flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
        return ["java", f"-Xmx{heap}", *flags, "-cp", f"{self._jars}/*", *arguments]


@contextlib.contextmanager
def _suspended(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def main() -> int:
    """Runs one broker until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        broker = Broker()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    try:
        broker.start()
        print(broker.url, flush=True)
        ended.wait()
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
