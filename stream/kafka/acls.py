"""The rights that each role needs on a cluster with ACLs, from what it reads and writes; pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stream.kafka.changelog import changelog
from stream.kafka.own_topics import REGISTER, own_topics
from stream.log.access import Access, accesses
from stream.log.topics import STAGES, all_topics

__all__ = ["APPLY", "Acl", "acls"]

APPLY = "topics"  # who runs `topics apply`, beside the roles that `stream.log.access` declares


@dataclass(frozen=True, slots=True)
class Acl:
    """One right: `operations` on the resource of this name, or on all whose names begin so."""

    role: str
    resource: Literal["topic", "group", "transactional-id"]
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


def acls(themes: Sequence[str], full: Callable[[str], str], partitions: int = 1) -> list[Acl]:
    """All of them; `full` makes a name of the cluster of ours."""
    known = [topic.name for topic in (*all_topics(themes, partitions), *own_topics(partitions))]
    found = [acl for access in accesses(themes) for acl in _of_role(access, known, full)]
    makes = ("Create", "Describe", "DescribeConfigs", "AlterConfigs")
    found += [Acl(APPLY, "topic", full(name), _also(makes, name)) for name in known]
    # an input that is made anew is read from its beginning
    found += [Acl(APPLY, "topic", full(name), ("Read",)) for name in known if name != REGISTER.name]
    found += [Acl(APPLY, "group", full(f"themewire-{stage}"), ("Read",)) for stage in STAGES if stage != "index"]
    return [*found, _transactions(APPLY, "append", full)]


def _also(operations: tuple[str, ...], name: str) -> tuple[str, ...]:
    return (*operations, "Read", "Write") if name == REGISTER.name else operations


def _of_role(access: Access, known: Sequence[str], full: Callable[[str], str]) -> Iterator[Acl]:
    """Every role sees which topics there are, and how they are set: it compares them when it starts."""
    role, own = access.role, {changelog(access.role)} if access.inputs else set()
    tables = {name for name in known if name.startswith(changelog(""))} if role == "commands" else own
    reads = access.inputs | access.reads | tables | {REGISTER.name}
    writes = access.writes | own
    for name in known:
        operations = [("Read", name in reads), ("Write", name in writes), ("Describe", True), ("DescribeConfigs", True)]
        yield Acl(role, "topic", full(name), tuple(each for each, needed in operations if needed))
    if access.inputs:
        yield Acl(role, "group", full(f"themewire-{role}"), ("Read",))
        yield _transactions(role, role, full)
    elif role in ("commands", "web"):
        for stage in (stage for stage in STAGES if stage != "index"):
            yield Acl(role, "group", full(f"themewire-{stage}"), ("Describe",))
    yield _transactions(role, "append", full)


def _transactions(role: str, of: str, full: Callable[[str], str]) -> Acl:
    return Acl(role, "transactional-id", full(f"themewire-{of}-"), ("Describe", "Write"), prefixed=True)
