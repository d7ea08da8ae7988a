"""What the user of a cluster's clients may do, by the brokers' own word, beside what each role needs."""

import re
import uuid
from collections.abc import Sequence

from stream.kafka.acls import Acl
from stream.kafka.cluster import Cluster
from stream.log.port import LogError

__all__ = ["may_write", "missing"]

_WORDS = re.compile("(?<=[a-z])(?=[A-Z])")  # DescribeConfigs is DESCRIBE_CONFIGS to the client


def missing(cluster: Cluster, wanted: Sequence[Acl]) -> dict[str, list[str]]:
    """By role what this user may not do and the role needs, such as "WRITE tagged"; an empty list is all it needs.

    Rights to topics are compared; topics that are missing are not asked about.
    """
    found = cluster.ask(cluster.admin.describe_topics)
    may = {
        topic["name"]: set(operations)
        for topic in found
        if (operations := topic.get("authorized_operations")) is not None
    }
    lacks: dict[str, list[str]] = {acl.role: [] for acl in wanted}
    for acl in wanted:
        if acl.resource == "topic":
            needed = {_WORDS.sub("_", operation).upper() for operation in acl.operations}
            lacks[acl.role] += [
                f"{operation} {name}"
                for name, operations in may.items()
                if (name.startswith(acl.name) if acl.prefixed else name == acl.name)
                for operation in sorted(needed - operations)
            ]
    return lacks


def may_write(cluster: Cluster) -> str:
    """Why this user may not write in transactions, empty if it may; nothing is written."""
    begin = cluster.full("themewire-append-")
    try:
        producer = cluster.clients.producer(f"{begin}doctor-{uuid.uuid4().hex}")
    except LogError as error:
        return f"{error}: this user needs Write on transactional ids that begin with {begin}"
    cluster.clients.close_producer(producer)
    return ""
