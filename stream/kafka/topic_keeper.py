"""Makes topics, compares those that are there, and keeps a register: a deleted one is not made anew in silence."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidReplicationFactorError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from stream.kafka.cluster import Cluster
from stream.kafka.own_topics import REGISTER
from stream.kafka.topic_config import Difference, Found, TopicDefaults, config_of, differences
from stream.log.global_tables import read_table
from stream.log.port import LogError, NeedsOperator
from stream.log.records import Out
from stream.log.topics import Topic

__all__ = ["Plan", "TopicKeeper"]

APPLY = "run `themewire topics apply` as a user who may (`themewire topics acls` lists the rights of each)"


class Made(msgspec.Struct):
    """A line of the register: which topic it was, and when (ms) it was written down."""

    id: str
    at: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that all topics are as they should be; names are the cluster's.

    `gone` are topics that were there and are not any more, or are others by now, with a sentence of each.
    """

    make: Mapping[str, Topic]
    gone: Mapping[str, str]
    differ: Sequence[Difference]


class TopicKeeper:
    """Of one stream; used under the log's own names."""

    def __init__(self, cluster: Cluster, defaults: TopicDefaults, append: Callable[[Sequence[Out]], None]) -> None:
        self._cluster = cluster
        self._defaults = defaults
        self._append = append

    def plan(self, topics: Sequence[Topic]) -> Plan:
        """Compares these topics with what is on the cluster; changes nothing."""
        return self._plan(topics, self._found(topics), self._registered())

    def _plan(self, topics: Sequence[Topic], found: Mapping[str, Found], registered: Mapping[str, Made]) -> Plan:
        gone: dict[str, str] = {}
        make: dict[str, Topic] = {}
        differ: list[Difference] = []
        for topic in topics:
            full = self._cluster.full(topic.name)
            made, there = registered.get(topic.name), found.get(full)
            if made is not None and (there is None or there.id != made.id):
                gone[full] = _sentence(full, made, there)
            if there is None:
                make[full] = topic
            else:
                differ += differences(full, topic, there, self._defaults)
        return Plan(make, gone, differ)

    def ensure(self, topics: Sequence[Topic]) -> list[str]:
        """Makes what is missing and refuses what would lose something; see `Log.ensure`."""
        topics = [REGISTER, *(topic for topic in topics if topic != REGISTER)]
        found, registered = self._found(topics), self._registered()
        plan = self._plan(topics, found, registered)
        if plan.gone:
            raise NeedsOperator("; ".join(plan.gone.values()))
        if fatal := [each.sentence for each in plan.differ if each.fatal]:
            raise LogError(fatal[0] if len(fatal) == 1 else f"{fatal[0]} (and {len(fatal) - 1} more topics)")
        if plan.make:
            self.make(plan.make)
            found = self._found(topics)
        self._register(topics, found, registered)
        return [each.sentence for each in plan.differ]

    def make(self, missing: Mapping[str, Topic]) -> None:
        """Makes topics; one that another process has made meanwhile is as good."""
        if not missing:
            return
        orders = {
            full: {
                "num_partitions": topic.partitions,
                "replication_factor": self._defaults.replication_factor,
                "configs": config_of(topic, self._defaults),
            }
            for full, topic in missing.items()
        }
        admin = self._cluster.admin
        for topic in self._cluster.ask(lambda: admin.create_topics(orders, raise_errors=False))["topics"]:
            error = for_code(topic["error_code"])
            if topic["error_code"] and error is not TopicAlreadyExistsError:
                raise LogError(_why_not_made(topic["name"], error, topic.get("error_message")))
        self._cluster.ask(admin.wait_for_topics, list(missing))

    def alter(self, changes: Sequence[Difference]) -> None:
        """Sets what is `safe` of these."""
        by_topic: dict[str, dict[str, str]] = {}
        for each in changes:
            if each.safe:
                by_topic.setdefault(each.topic, {})[each.what] = each.wanted
        resources = [ConfigResource(ConfigResourceType.TOPIC, full, config) for full, config in by_topic.items()]
        if not resources:
            return
        try:
            self._cluster.ask(self._cluster.admin.alter_configs, resources)
        except LogError as error:
            if isinstance(error.__cause__, TopicAuthorizationFailedError):
                raise LogError(f"this user may not alter topics: {APPLY}") from error
            raise

    def register(self, topics: Sequence[Topic]) -> None:
        """Writes down those that are there and that the register does not know, or knows as others."""
        self._register(topics, self._found(topics), self._registered())

    def _register(self, topics: Sequence[Topic], found: Mapping[str, Found], registered: Mapping[str, Made]) -> None:
        now = time.time_ns() // 1_000_000
        new = []
        for name, there in ((topic.name, found.get(self._cluster.full(topic.name))) for topic in topics):
            if there is not None and (name not in registered or registered[name].id != there.id):
                new.append(Out(REGISTER.name, name, msgspec.json.encode(Made(there.id, now))))
        self._append(new)

    def _found(self, topics: Sequence[Topic]) -> dict[str, Found]:
        """Those that are there, by the cluster's name."""
        described = self._cluster.refresh()
        there = {full: described[full] for topic in topics if (full := self._cluster.full(topic.name)) in described}
        configs: dict[str, dict[str, str]] = {}
        if there:
            asked = [ConfigResource(ConfigResourceType.TOPIC, full) for full in there]
            answer = self._cluster.ask(self._cluster.admin.describe_configs, asked, False, "dynamic")["topic"]
            configs = {full: {k: v["value"] for k, v in config.items()} for full, config in answer.items()}
        return {
            full: Found(
                str(topic["topic_id"]),
                len(topic["partitions"]),
                min((len(p["replica_nodes"]) for p in topic["partitions"]), default=0),
                configs.get(full, {}),
            )
            for full, topic in there.items()
        }

    def _registered(self) -> dict[str, Made]:
        """The register as it stands, by our names."""
        if not self._cluster.has(REGISTER.name):
            return {}
        rows = read_table(self._cluster, REGISTER.name)
        return {name: msgspec.json.decode(value, type=Made) for name, value in rows.items()}


def _sentence(full: str, made: Made, there: Found | None) -> str:
    when = datetime.fromtimestamp(made.at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    what = "is not there any more" if there is None else "was deleted and made anew by somebody else"
    return (
        f"topic {full} has been there since {when} UTC and {what}: put it back from a backup, or have "
        f"`themewire topics apply --anew {full}` go on with an empty one"
    )


def _why_not_made(full: str, error: type[KafkaError], message: str | None) -> str:
    if error in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
        return f"topic {full} is missing, or this user may not see it, and may not make it: {APPLY}"
    if error is InvalidReplicationFactorError:
        return f"Kafka does not make topic {full}: there are fewer brokers than kafka.replication_factor asks for"
    return f"Kafka does not make topic {full}: {message or error.__name__}"
