"""`themewire topics` and `themewire lag`: shown first, then done; nothing that could lose a record."""

import uuid

import pytest
from kafka import KafkaAdminClient

from deploy.running.wiring import ROLES, role
from deploy.settings.model import Settings
from stream.kafka.acls import acls
from stream.log import topics
from stream.log.access import accesses
from stream.log.topics import STAGES, all_topics
from stream.themes.saved import shipped_themes
from tests.deploy.command import Command
from tests.kafka_broker import Broker
from tests.stream.backends import until

THEMES = ("a", "b")


def test_what_a_stage_reads_is_declared_as_it_is(tmp_path):
    settings = Settings.model_validate({"data": {"dir": str(tmp_path)}})
    declared = {access.role: access for access in accesses(shipped_themes())}
    for name in STAGES:
        made = role(name, settings)
        try:
            access = declared[name]
            followed = {topics.THEMES}  # by every process
            assert {*made.inputs} == {*(access.reads - followed if name == "index" else access.inputs)}, name
            assert name == "index" or {*made.stage.views} | followed == {*access.reads}, name
        finally:
            made.close()
    assert {*ROLES, "web", "commands"} == {*declared}


def test_every_topic_that_is_named_exists_and_each_is_read_by_some_role():
    every = {topic.name for topic in all_topics(THEMES, 1)}
    named = [{*a.inputs, *a.reads, *a.writes} for a in accesses(THEMES)]
    assert set().union(*named) == every


def test_a_role_may_write_what_is_its_own_and_no_more():
    mine = [acl for acl in acls(lambda name: f"p.{name}") if acl.role == "tag"]
    rights = {(acl.resource, acl.name): acl.operations for acl in mine}
    assert "Write" in rights["topic", "p.tagged"]
    assert "Write" not in rights["topic", "p.alerts."]
    assert "Read" in rights["topic", "p.table.tag"]
    assert rights["topic", "p.table.story"] == ("Describe", "DescribeConfigs")
    assert rights["group", "p.themewire-tag"] == ("Read",)
    assert [name for kind, name in rights if kind == "transactional-id"] == ["p.themewire-tag-", "p.themewire-append-"]


def test_what_commands_may_have_done_the_page_may_too():
    rights = {}
    for acl in acls(lambda name: name):
        rights.setdefault(acl.role, set()).update((acl.resource, acl.name, each) for each in acl.operations)
    ours = {right for right in rights["commands"] if right[0] == "topic"}
    assert ours <= rights["web"]
    assert {("topic", "mutes", "Write"), ("topic", "retry.deliver", "Write"), ("topic", "models", "Write")} <= rights[
        "web"
    ]


def test_topics_of_themes_to_come_are_within_the_rights_of_who_makes_and_who_uses_them():
    found = [acl for acl in acls(lambda name: f"p.{name}") if acl.resource == "topic"]
    rights = {(acl.role, operation) for acl in found if acl.prefixed for operation in acl.operations}
    assert {acl.name for acl in found if acl.prefixed} == {"p.alerts."}
    assert {("story", "Write"), ("match", "Read"), ("web", "Read")} < rights
    assert {role for role, operation in rights if operation == "Create"} == {"web", "commands", "topics"}
    registers = {acl.role for acl in found if acl.name == "p.topics" and "Write" in acl.operations}
    assert registers == {"web", "commands", "topics"}


def test_rights_are_printed_for_the_brokers_own_tool(themewire):
    lines = themewire.does("topics", "acls", "match", "--principal", "User:x-{role}").out.splitlines()
    assert "--add --allow-principal User:x-match --operation Read --group themewire-match" in lines
    assert all(line.startswith("--add --allow-principal User:x-match ") for line in lines)
    found = themewire.does("topics", "acls", "topics", "--json").lines
    assert {line["principal"] for line in found} == {"User:themewire-topics"}
    assert "Create" in next(line for line in found if line["name"] == "items")["operations"]


def test_an_embedded_stream_has_no_topics_to_look_after(themewire):
    assert "only a stream on Kafka" in themewire("topics", "plan").failed()


@pytest.fixture
def on_kafka(broker: Broker, themewire: Command) -> Command:
    own = {"stream.url": broker.url, "stream.partitions": "2", "kafka.prefix": f"t{uuid.uuid4().hex[:8]}."}
    return Command(themewire.data, {**themewire.settings, **own})


@pytest.mark.kafka
def test_topics_are_planned_applied_and_missed(broker, on_kafka):
    prefix = on_kafka.settings["kafka.prefix"]
    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics(
            {
                f"{prefix}items": {"num_partitions": 2, "configs": {"retention.ms": "60000"}},
                f"{prefix}alerts.standards": {"num_partitions": 3},
            }
        )
        plan = on_kafka.does("topics", "plan").out
        assert f"+ {prefix}tagged: 2 partitions, kept for 90 days\n" in plan
        assert f"~ {prefix}items: retention.ms 60000 -> 2592000000\n" in plan
        assert f"! {prefix}alerts.standards: topic {prefix}alerts.standards has 3 partitions" in plan
        asked = on_kafka("topics", "apply", stdin="n\n")
        assert asked.out.startswith(plan)  # nothing has been changed by showing it
        assert asked.err == "themewire: stopped\n"
        done = on_kafka("topics", "apply", "--yes")
        assert (done.status, done.err) == (1, "themewire: 1 thing left to you, each shown with a ! above\n")
        admin.delete_topics([f"{prefix}alerts.standards"])
        until(lambda: f"{prefix}alerts.standards" not in admin.list_topics())
        assert f"topics apply --anew {prefix}alerts.standards" in on_kafka("dead", "list").failed()
        on_kafka.does("topics", "apply", "--yes", "--anew", f"{prefix}alerts.standards")
    lags = on_kafka.does("lag", "--json").lines
    assert [(line["role"], line["records"]) for line in lags] == [(name, 0) for name in STAGES if name != "index"]
