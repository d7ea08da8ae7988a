"""Rights that are missing are told by the brokers' own word, topic by topic; a broker with rules is asked elsewhere."""

from typing import Any

from stream.kafka.rights import refusals
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


def test_what_may_be_done_is_no_finding():
    cluster = Asked({"p.items": ["READ", "WRITE", "DESCRIBE"], "other": []})
    assert refusals(cluster, ["items", "missing"]) == []  # type: ignore[arg-type]
    assert cluster.closed == 1


def test_each_right_that_is_missing_is_named_with_its_topics():
    cluster = Asked({f"p.t{n}": ["READ"] for n in range(7)} | {"p.none": ["DESCRIBE"]}, transactions=False)
    read, write, transactions = refusals(cluster, [*(f"t{n}" for n in range(7)), "none"])  # type: ignore[arg-type]
    assert "may not READ p.none:" in read
    assert "may not WRITE p.none, p.t0, p.t1, p.t2, p.t3 and 3 more" in write
    assert "WRITE on transactional ids that begin with p.themewire-" in transactions
