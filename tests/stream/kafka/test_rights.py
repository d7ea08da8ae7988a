"""Rights that are missing are told by the brokers' own word, topic by topic; a broker with rules is asked elsewhere."""

from typing import Any

import pytest

from stream.kafka.acls import Acl
from stream.kafka.rights import may_write, missing
from stream.log.port import LogError


class Asked:
    """A cluster that answers with what a user may do; a broker without rules lets everybody do all."""

    def __init__(self, operations: dict[str, list[str]], transactions: bool = True) -> None:
        self._operations = operations
        self._transactions = transactions
        self.admin = self.clients = self
        self.closed = 0

    def full(self, name: str) -> str:
        return f"p.{name}"

    def ask(self, call: Any) -> Any:
        return call()

    def describe_topics(self) -> list[dict[str, Any]]:
        return [{"name": name, "authorized_operations": may} for name, may in self._operations.items()]

    def producer(self, transactional_id: str) -> object:
        assert transactional_id.startswith("p.themewire-")
        if not self._transactions:
            raise LogError("Kafka gave no transaction (TransactionalIdAuthorizationFailedError)")
        return object()

    def close_producer(self, _: object) -> None:
        self.closed += 1


WANTED = (
    Acl("tag", "topic", "p.items", ("Read", "DescribeConfigs")),
    Acl("tag", "topic", "p.tagged", ("Write",)),
    Acl("tag", "group", "p.themewire-tag", ("Read",)),
    Acl("story", "topic", "p.alerts.", ("Write",), prefixed=True),
)


def test_what_each_role_lacks_is_told_by_topic():
    cluster = Asked(
        {"p.items": ["READ", "DESCRIBE_CONFIGS"], "p.tagged": ["READ"], "p.alerts.a": ["WRITE"], "other": []}
    )
    assert missing(cluster, WANTED) == {"tag": ["WRITE p.tagged"], "story": []}  # type: ignore[arg-type]


def test_a_right_to_all_topics_of_a_beginning_is_looked_for_in_each():
    cluster = Asked({"p.alerts.a": ["WRITE"], "p.alerts.b": ["DESCRIBE"], "p.alertsx": []})
    assert missing(cluster, WANTED) == {"tag": [], "story": ["WRITE p.alerts.b"]}  # type: ignore[arg-type]


@pytest.mark.parametrize("may", [True, False])
def test_a_transaction_is_begun_and_nothing_written(may):
    cluster = Asked({}, transactions=may)
    said = may_write(cluster)  # type: ignore[arg-type]
    assert said.endswith("transactional ids that begin with p.themewire-append-") is not may
    assert (said == "", cluster.closed) == (may, int(may))
