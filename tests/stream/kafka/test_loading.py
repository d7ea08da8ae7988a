"""Offsets are written to a cluster whose groups have no coordinator yet, as on a broker that has just come up."""

import pytest
from kafka.errors import NotCoordinatorError, UnknownMemberIdError

from stream.kafka import KafkaLog
from stream.kafka.loading import Loading
from stream.log.port import LogError
from tests.stream.backends import KafkaBackend, open_log, topic

pytestmark = pytest.mark.kafka


@pytest.fixture
def log(broker):
    made = open_log(KafkaBackend(broker.bootstrap).address)
    assert isinstance(made, KafkaLog)
    made.ensure([topic("in")])
    yield made
    made.close()


def answer_first(log, monkeypatch, *errors):
    """The client's answers are these errors first, and then the broker's own."""
    alter, left = log.admin.alter_group_offsets, list(errors)

    def answered(group, offsets):
        return dict.fromkeys(offsets, left.pop(0)) if left else alter(group, offsets)

    monkeypatch.setattr(log.admin, "alter_group_offsets", answered)


def test_a_coordinator_that_is_coming_up_is_asked_again(log, monkeypatch):
    answer_first(log, monkeypatch, NotCoordinatorError, NotCoordinatorError)
    Loading(log).commit("s", {("in", 0): 0, ("in", 1): 0})
    assert {at.partition for at in log.admin.list_group_offsets([log.group("s")])[log.group("s")]} == {0, 1}


def test_a_group_that_is_at_work_is_one_sentence(log, monkeypatch):
    answer_first(log, monkeypatch, UnknownMemberIdError)
    with pytest.raises(LogError, match="is it running already"):
        Loading(log).commit("s", {("in", 0): 0})
