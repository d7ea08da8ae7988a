"""What the user of a cluster's clients may not do and has to, by the brokers' own word."""

import uuid
from collections.abc import Sequence

from stream.kafka.cluster import Cluster
from stream.log.port import LogError

__all__ = ["refusals"]

NAMED = 5


def refusals(cluster: Cluster, topics: Sequence[str]) -> list[str]:
    """A sentence for each kind of right that is missing: to read or write topics, and to write in transactions.

    Nothing is written. Topics that are missing are not asked about.
    """
    found = cluster.ask(cluster.admin.describe_topics)
    wanted = {cluster.full(name) for name in topics}
    may = {
        topic["name"]: set(operations)
        for topic in found
        if topic["name"] in wanted and (operations := topic.get("authorized_operations")) is not None
    }
    said = []
    for operation in ("READ", "WRITE"):
        if without := sorted(name for name, operations in may.items() if operation not in operations):
            more = f" and {len(without) - NAMED} more" if len(without) > NAMED else ""
            said.append(
                f"this user may not {operation} {', '.join(without[:NAMED])}{more}: give it that right where it runs a "
                "role that needs it"
            )
    try:
        producer = cluster.clients.producer(cluster.full(f"themewire-doctor-{uuid.uuid4().hex}"))
    except LogError as error:
        said.append(f"{error}: this user needs WRITE on transactional ids that begin with {cluster.full('themewire-')}")
    else:
        cluster.clients.close_producer(producer)
    return said
